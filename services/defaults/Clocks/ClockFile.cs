using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;

namespace Loyalty.ServiceDefaults.Clocks;

/// <summary>
/// Business time for many processes of one test, in a small file that all of them map: "at real instant R it was B, and since then it runs with
/// speed S". Whoever writes may change the speed, jump forward or freeze, but never go back.
/// </summary>
/// <remarks>
/// Layout, version 1, 32 bytes, little-endian:
/// 0 uint32 mark 0x314B434C ("LCK1"); 4 uint32 sequence, odd while somebody writes; 8 int64 R, µs of the machine's monotonic clock;
/// 16 int64 B, µs since 1970-01-01T00:00Z; 24 float64 S, 0 = frozen. Real instants are monotonic (one clock for all processes of a machine
/// since its boot), so setting the machine's time does not move business time. One writer at a time.
/// </remarks>
public sealed unsafe class ClockFile : IDisposable
{
    /// <summary>An hour in 0.36 ms; faster than any process can follow.</summary>
    public const double GreatestSpeed = 10_000_000;

    private const uint Mark = 0x314B434C;
    private const int Length = 32;
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(1);

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* at;
    private readonly Lock gate = new();

    private ClockFile(MemoryMappedFile file)
    {
        this.file = file;
        view = file.CreateViewAccessor(0, Length);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref at);
    }

    /// <summary>Business time now, cut to microseconds.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var (real, business, speed) = Read();
            return DateTimeOffset.UnixEpoch.AddTicks((business + (long)((RealMicros() - real) * speed)) * TimeSpan.TicksPerMicrosecond);
        }
    }

    /// <summary>Business seconds per real second; 0 = frozen.</summary>
    public double Speed => Read().Speed;

    /// <summary>Makes the file, or takes over one that is there, with business time at <paramref name="start"/>.</summary>
    public static ClockFile Create(string path, DateTimeOffset start, double speed = 1)
    {
        CheckSpeed(speed);
        var made = new ClockFile(Map(path, FileMode.Create));
        made.Write(RealMicros(), (start - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, speed);
        Unsafe.WriteUnaligned(made.at, Mark);
        return made;
    }

    /// <summary>Opens a file that <see cref="Create"/> has made; throws <see cref="InvalidDataException"/> for any other.</summary>
    public static ClockFile Open(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: Length })
            throw new InvalidDataException("This is no clock file: it is not there or has not 32 bytes.");
        var opened = new ClockFile(Map(path, FileMode.Open));
        if (Unsafe.ReadUnaligned<uint>(opened.at) == Mark)
            return opened;
        opened.Dispose();
        throw new InvalidDataException("This is no clock file of version 1.");
    }

    /// <summary>Goes on from now with another speed: 0 (frozen) to <see cref="GreatestSpeed"/>.</summary>
    public void SetSpeed(double speed)
    {
        CheckSpeed(speed);
        lock (gate)
            Write(RealMicros(), Micros(Now), speed);
    }

    /// <summary>Stops business time.</summary>
    public void Freeze() => SetSpeed(0);

    /// <summary>Jumps forward by a span of zero or more; refuses to go back.</summary>
    public void Jump(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        lock (gate)
            Write(RealMicros(), Micros(Now + span), Speed);
    }

    /// <summary>Jumps to an instant; refuses to go back.</summary>
    public void JumpTo(DateTimeOffset instant)
    {
        lock (gate)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(instant, Now);
            Write(RealMicros(), Micros(instant), Speed);
        }
    }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private static MemoryMappedFile Map(string path, FileMode mode)
    {
        var stream = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (mode == FileMode.Create)
            stream.SetLength(Length);
        return MemoryMappedFile.CreateFromFile(stream, mapName: null, Length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
    }

    private static void CheckSpeed(double speed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(speed, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(speed, GreatestSpeed);
    }

    private static long RealMicros() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    private static long Micros(DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private (long Real, long Business, double Speed) Read()
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var before = Volatile.Read(ref *(uint*)(at + 4));
            var read = (Volatile.Read(ref *(long*)(at + 8)), Volatile.Read(ref *(long*)(at + 16)), Volatile.Read(ref *(double*)(at + 24)));
            Interlocked.MemoryBarrier();
            if ((before & 1) == 0 && before == Volatile.Read(ref *(uint*)(at + 4)))
                return read;
            if (Stopwatch.GetElapsedTime(since) > ReadPatience)
                throw new InvalidDataException("The clock file is half written: its writer died in the act.");
            Thread.Yield();
        }
    }

    private void Write(long real, long business, double speed)
    {
        var sequence = *(uint*)(at + 4) | 1;
        Volatile.Write(ref *(uint*)(at + 4), sequence);
        Interlocked.MemoryBarrier();
        Volatile.Write(ref *(long*)(at + 8), real);
        Volatile.Write(ref *(long*)(at + 16), business);
        Volatile.Write(ref *(double*)(at + 24), speed);
        Volatile.Write(ref *(uint*)(at + 4), sequence + 1);
    }
}
