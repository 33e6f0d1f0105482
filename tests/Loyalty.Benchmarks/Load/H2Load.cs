using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Loyalty.TestKit;

namespace Loyalty.Benchmarks.Load;

/// <summary>nghttp2's load generator: it costs far less of the machine than a .NET client, so that the server is what is measured.</summary>
internal static partial class H2Load
{
    private const int Connections = 8;
    private const int StreamsEach = 16;

    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "h2load")));

    /// <summary>Makes one unary call over and over for a span of time; answers the calls per second, and fails when an answer was missing or short.</summary>
    /// <param name="address">Of the server, h2c.</param>
    /// <param name="method">"package.Service/Method".</param>
    /// <param name="request">Sent with every call.</param>
    /// <param name="answerBytes">What every answer has at least; a refusal has none.</param>
    /// <param name="span">One second of warming up is not counted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<double> RunAsync(Uri address, string method, IMessage request, int answerBytes, TimeSpan span, CancellationToken cancellationToken)
    {
        using var folder = new TempFolder("h2load");
        await File.WriteAllBytesAsync(folder["body"], Frame(request), cancellationToken);
        await using var h2load = ChildProcess.Start(new ChildStart(
            "h2load",
            [
                "-c", $"{Connections}", "-m", $"{StreamsEach}", "-t", "1", "-D", $"{(int)Math.Max(1, span.TotalSeconds)}", "--warm-up-time=1",
                "-d", folder["body"], "-H", "content-type: application/grpc", "-H", "te: trailers", new Uri(address, method).ToString(),
            ]));
        var code = await h2load.WaitForExitAsync(span + TimeSpan.FromMinutes(1), cancellationToken);
        var output = h2load.Output;
        var (rate, outcome, data) = (Rate().Match(output), Outcome().Match(output), Data().Match(output));
        if (code != 0 || !rate.Success || !outcome.Success || !data.Success)
            throw new InvalidOperationException($"h2load ended with {code}:\n{output}");
        // It looks at the HTTP status, which is 200 also for a refusal: the bytes tell whether every call was answered.
        var succeeded = Number(outcome, "succeeded");
        if (succeeded == 0 || Number(outcome, "failed") + Number(outcome, "errored") > 0 || Number(data, "value") < succeeded * answerBytes * 0.95)
            throw new InvalidOperationException($"not every call was answered:\n{output}");
        return Number(rate, "value");
    }

    private static byte[] Frame(IMessage message)
    {
        var body = message.ToByteArray();
        var frame = new byte[5 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
        body.CopyTo(frame, 5);
        return frame;
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"finished in .*, (?<value>[\d.]+) req/s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rate();

    [GeneratedRegex(@"requests: .* (?<succeeded>\d+) succeeded, (?<failed>\d+) failed, (?<errored>\d+) errored", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Outcome();

    [GeneratedRegex(@"\((?<value>\d+)\) data", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Data();
}
