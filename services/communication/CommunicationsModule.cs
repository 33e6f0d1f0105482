using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Api;
using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.Communications.Features.Dispatch;
using Loyalty.Communications.Features.Hearing;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Templates;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Timers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications;

/// <summary>The customer's attention: the single gate for all automated mailings.</summary>
public sealed class CommunicationsModule : ServiceModule
{
    public override string Name => "communication";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        var settings = CommunicationSettings.Read(configuration);
        services.AddSingleton(settings.Options).AddSingleton(settings.Sender);
        settings.AddTransport(services);
        settings.AddCopiesAndRates(services);
        services.AddServiceClient<CustomerService.CustomerServiceClient>("customer");

        services.AddSingleton<PolicyInForce>().AddSingleton<Gatekeeping>().AddSingleton<TemplateStore>().AddSingleton<MailTexts>();
        services.AddSingleton<ForgetCopies>().AddSingleton<DispatchWake>().AddSingleton<ChangeProfile>();
        services.AddSingleton<SubmitMailing>().AddSingleton<GetMailing>().AddSingleton<CancelMailing>().AddSingleton<CheckAttention>();
        services.AddSingleton<CreateTemplate>().AddSingleton<ApproveTemplate>().AddSingleton<GetTemplate>();
        services.AddSingleton<FetchContacts>().AddSingleton<KeepContacts>();
        services.AddTransient<HearCustomerRegistered>().AddTransient<HearContactsChanged>().AddTransient<HearConsentChanged>().AddTransient<HearPreferencesChanged>()
            .AddTransient<HearInteractionAlive>();

        services.AddSingleton(Checkpoints.From(settings.Options));
        services.AddSingleton<ClockCheck>().AddSingleton<ClaimPeople>().AddSingleton<SetCulpritAside>().AddSingleton<ComposeMails>();
        services.AddSingleton<HandOver>().AddSingleton<Settler>().AddSingleton<SettleOutcomes>().AddSingleton<SweepLeftovers>();
        services.AddHostedService<PrepareDatabase>().AddHostedService<DispatchService>().AddHostedService<MailingMeasures>();
        services.AddLeasedTimer<CommunicationsModule, RetireMailings>();
    }

    public override void MapGrpc(GrpcMap grpc)
    {
        grpc.Service<MailingApi>(("SubmitMailing", "mailing.submit"), ("GetMailing", "mailing.read"), ("CancelMailing", "mailing.submit"));
        grpc.Service<AttentionApi>(("CheckAttention", "attention.read"));
        grpc.Service<TemplateApi>(("CreateTemplate", "template.write"), ("ApproveTemplate", "template.approve"), ("GetTemplate", "template.read"));
    }

    public override void Hear(EventMap events)
    {
        events.From("customer")
            .On<CustomerRegistered, HearCustomerRegistered>()
            .On<ContactsChanged, HearContactsChanged>()
            .On<PreferencesChanged, HearPreferencesChanged>()
            .On<ConsentChanged, HearConsentChanged>();
        events.From("interaction").On<InteractionHeartbeat, HearInteractionAlive>();
    }

    public override IMessage Heartbeat(DateTimeOffset now) => new CommunicationHeartbeat { SaidAt = now.ToTimestamp() };
}
