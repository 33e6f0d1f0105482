using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.Api;
using Loyalty.Recognitions.Features;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Recognitions;

/// <summary>How we say thank you: for what people really did, once, and not too often.</summary>
public sealed class RecognitionsModule : ServiceModule
{
    public override string Name => "recognition";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(RecognitionOptions.Read(configuration));
        services.AddSingleton<ListRecognitions>();
        services.AddServiceClient<MailingService.MailingServiceClient>("communication");
    }

    public override void MapGrpc(GrpcMap grpc) => grpc
        .Service<RecognitionApi>(
            ("ListRecognitions", "recognition.read"));

    public override void Hear(EventMap events)
    {
        events.From("interaction").On<InteractionsRecorded, ThankOnActObserved>();
        events.From("recognition").On<V1.RecognitionChanged, MailThanks>();
        events.From("communication").On<MailingsEnded, NoteMailingsEnded>();
    }

    public override IMessage Heartbeat(DateTimeOffset now) => new V1.RecognitionHeartbeat { SaidAt = now.ToTimestamp() };
}
