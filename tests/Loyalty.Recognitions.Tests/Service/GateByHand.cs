using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Recognitions.Tests.Service;

/// <summary>The attention gate as far as recognition sees it: accepts mailings, each request_id once.</summary>
public sealed class GateByHand
{
    private readonly ConcurrentDictionary<string, (SubmitMailingRequest Request, Mailing Mailing)> accepted = new(StringComparer.Ordinal);
    private int away;

    /// <summary>How many of the next calls are refused as if the gate were away.</summary>
    public int Away
    {
        get => away;
        set => away = value;
    }

    /// <summary>What becomes of mailings at once: WAITING, or DECLINED.</summary>
    public MailingState Answer { get; set; } = MailingState.Waiting;

    public IReadOnlyList<SubmitMailingRequest> For(Guid person) =>
        [.. accepted.Values.Select(entry => entry.Request).Where(request => request.CustomerId == person.ToString())];

    public Mailing Submit(SubmitMailingRequest request) => Interlocked.Decrement(ref away) >= 0
        ? throw new Refusal(RefusalKind.Unavailable, "AWAY", "away")
        : accepted.GetOrAdd(
            request.RequestId,
            _ => (request, new Mailing { MailingId = Guid.CreateVersion7().ToString(), CustomerId = request.CustomerId, Template = request.Template, State = Answer })).Mailing;
}

public sealed class GateByHandModule : ServiceModule
{
    public override string Name => "communication";

    public override void AddServices(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<GateByHand>().AddSingleton<EventEar>();

    public override void MapGrpc(GrpcMap grpc) => grpc.Service<Mailings>(
        MailingService.Descriptor.Methods.Select(method => (method.Name, "any")).ToArray());

    public override void Hear(EventMap events) => events.From("recognition").On<RecognitionChanged, EarHandler<RecognitionChanged>>();

    public override IMessage Heartbeat(DateTimeOffset now) => new CommunicationHeartbeat();

    private sealed class Mailings(GateByHand gate) : MailingService.MailingServiceBase
    {
        public override Task<SubmitMailingResponse> SubmitMailing(SubmitMailingRequest request, ServerCallContext context) =>
            Task.FromResult(new SubmitMailingResponse { Mailing = gate.Submit(request) });
    }
}

/// <summary>An interaction service that only speaks.</summary>
public sealed class InteractionsByHandModule : ServiceModule
{
    public override string Name => "interaction";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public override void MapGrpc(GrpcMap grpc)
    {
    }

    public override IMessage Heartbeat(DateTimeOffset now) => new InteractionHeartbeat();
}
