using Grpc.Net.Client;
using Loyalty.Benchmarks.Hosts;
using Loyalty.Benchmarks.Load;
using Loyalty.Communications.V1;
using Loyalty.TestKit;

namespace Loyalty.Benchmarks.Figures;

/// <summary>Unary calls of CheckAttention on communication, beside a bare gRPC host that answers the same bytes.</summary>
internal sealed class AttentionFigure(Amounts amounts) : IFigure
{
    private const int KnownPeople = 50;
    private const int Workers = 64;
    private static readonly Quantity Calls = new("attention", $"CheckAttention, load by {(H2Load.IsInstalled ? "h2load" : "Grpc.Net.Client")}", "calls/s", "bare echo");

    private readonly int _echoPort = Ports.Free();
    private Estate? _estate;
    private ChildProcess? _echo;
    private CheckAttentionRequest _request = new();
    private int _answerBytes;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _estate = await Estate.StartAsync(cancellationToken);
        var template = await _estate.TemplateAsync(cancellationToken);
        var people = await _estate.PeopleAsync(KnownPeople, template, cancellationToken);
        _request = Estate.Question(people[0], template);
        var answer = await _estate.Clients.Attention.CheckAttentionAsync(_request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30), cancellationToken: cancellationToken);
        _answerBytes = answer.CalculateSize();
        _echo = EchoHost.Start(_echoPort, answer);
        await _echo.WaitForLineAsync("listens", cancellation: cancellationToken);
        var warm = new Readings();
        await MeasureCeilingAsync(warm, cancellationToken);
        await MeasureAsync(warm, cancellationToken);
    }

    public async Task MeasureAsync(Readings readings, CancellationToken cancellationToken) =>
        readings.Ours(Calls, await LoadAsync(Prepared.CommunicationAddress, cancellationToken));

    public async Task MeasureCeilingAsync(Readings readings, CancellationToken cancellationToken) =>
        readings.Ceiling(Calls, await LoadAsync(new Uri($"http://127.0.0.1:{_echoPort}"), cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (_echo is not null)
            await _echo.DisposeAsync();
        if (_estate is not null)
            await _estate.DisposeAsync();
    }

    private Estate Prepared => _estate ?? throw new InvalidOperationException("not prepared");

    private async Task<double> LoadAsync(Uri address, CancellationToken cancellationToken)
    {
        if (H2Load.IsInstalled)
            return await H2Load.RunAsync(address, "/loyalty.communication.v1.AttentionService/CheckAttention", _request, _answerBytes, amounts.Span, cancellationToken);
        using var channel = GrpcChannel.ForAddress(address);
        var client = new AttentionService.AttentionServiceClient(channel);
        return await CallLoad.ForAsync(
            amounts.Span,
            Workers,
            async cancelled => await client.CheckAttentionAsync(_request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30), cancellationToken: cancelled),
            cancellationToken);
    }
}
