using System.Runtime.InteropServices;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>
/// Mail into a folder, as <c>tmp</c> then <c>new</c>: what stands in <c>new</c> is whole and on the disk. Each file begins with
/// Return-Path and Delivered-To (the envelope), then the mail with CRLF line ends. There is always a permit.
/// </summary>
internal sealed class MaildirTransport : IMailTransport
{
    private readonly string _tmp, _new;
    private readonly bool _flush;

    public MaildirTransport(MaildirOptions options)
    {
        (_tmp, _new, _flush) = (Path.Combine(options.Folder, "tmp"), Path.Combine(options.Folder, "new"), options.Flush);
        foreach (var folder in (string[])[_tmp, _new, Path.Combine(options.Folder, "cur")])
            Directory.CreateDirectory(folder);
    }

    public ValueTask<MailLease> TryLeaseAsync(CancellationToken cancel) => new(MailLease.Granted(new Permit(this)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<MailOutcome> StoreAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel)
    {
        var name = $"{Guid.CreateVersion7(deadline.Clock.GetUtcNow()):N}.eml";
        var (tmp, @new) = (Path.Combine(_tmp, name), Path.Combine(_new, name));
        var stage = SmtpStage.Body;
        try
        {
            await using (var file = new FileStream(tmp, FileMode.CreateNew, FileAccess.Write, FileShare.None, 16 * 1024, FileOptions.Asynchronous))
            {
                await file.WriteAsync(Encoding.UTF8.GetBytes($"Return-Path: <{envelope.From}>\r\nDelivered-To: {envelope.To}\r\n"), cancel);
                await file.WriteAsync(message, cancel);
                file.Flush(flushToDisk: _flush);
            }

            if (deadline.IsOver)
            {
                File.Delete(tmp);
                return new MailOutcome.NotSent(NotSentKind.Connection, stage, null, "the deadline of the final dot is over");
            }

            cancel.ThrowIfCancellationRequested();
            stage = SmtpStage.FinalDot;
            File.Move(tmp, @new);
            if (_flush)
                FlushFolder(_new);
            return new MailOutcome.Accepted(new SmtpReply(250, "2.0.0", $"2.0.0 stored as {name}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            TryDelete(tmp);
            return stage == SmtpStage.FinalDot && File.Exists(@new)
                ? new MailOutcome.Unknown("the folder could not be written to the disk")
                : new MailOutcome.NotSent(NotSentKind.Connection, stage, null, "the file could not be written");
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left in tmp is nobody's mail.
        }
    }

    // A rename survives a power cut only when the folder is flushed; .NET opens no folders.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Posix.Open(folder, 0);
        if (handle < 0)
            throw new IOException("The mail folder cannot be opened.");
        var flushed = Posix.Fsync(handle);
        _ = Posix.Close(handle);
        if (flushed != 0)
            throw new IOException("The mail folder cannot be flushed.");
    }

    private sealed class Permit(MaildirTransport transport) : IMailPermit
    {
        private int _used;

        public bool TakesEightBit => true;

        public Task<MailOutcome> DeliverAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel) =>
            Interlocked.Exchange(ref _used, 1) == 0
                ? transport.StoreAsync(envelope, message, deadline, cancel)
                : throw new InvalidOperationException("A permit sends one mail.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private static class Posix
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int handle);

        [DllImport("libc", EntryPoint = "close", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int handle);
    }
}
