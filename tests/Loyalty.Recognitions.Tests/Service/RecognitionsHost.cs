using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Recognitions.Tests.Service;

/// <summary>A running recognition service between an interaction service that only speaks and an attention gate by hand.</summary>
public abstract class RecognitionsHost(Provider provider) : IAsyncLifetime
{
    private ServiceFixture? service;

    public ServiceFixture Service => service ?? throw new InvalidOperationException("not started");

    public RecognitionService.RecognitionServiceClient Recognitions => Service.Client<RecognitionService.RecognitionServiceClient>();

    public GateByHand Gate => Service.Services.GetRequiredService<GateByHand>();

    public EventEar Ear => Service.Services.GetRequiredService<EventEar>();

    public async ValueTask InitializeAsync() => service = await ServiceFixture.StartAsync(
        provider,
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["Recognition:ThanksCooldown"] = "30.00:00:00" },
        new RecognitionsModule(),
        new InteractionsByHandModule(),
        new GateByHandModule());

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>An act of somebody, as interaction says it.</summary>
    public InteractionsRecorded.Types.Entry Act(Guid person, InteractionKind kind = InteractionKind.HelpedNewcomer, long revision = 1, Guid? interaction = null) => new()
    {
        InteractionId = (interaction ?? Guid.CreateVersion7()).ToString(),
        CustomerId = person.ToString(),
        Kind = kind,
        OccurredAt = Service.Clock.GetUtcNow().ToTimestamp(),
        Revision = revision,
        HiddenAct = kind >= InteractionKind.Recommendation,
    };

    /// <summary>Says facts as one event and returns when recognition has dealt with them.</summary>
    public async Task HearAsync(params InteractionsRecorded.Types.Entry[] entries)
    {
        await Service.SayAsync("interaction", new InteractionsRecorded { Entries = { entries } });
        await SettledAsync();
    }

    /// <summary>Waits until nothing is under way between the services: outboxes empty and nothing parked.</summary>
    public Task SettledAsync() => Eventually.ReachesAsync(
        async () =>
        {
            var waiting = 0L;
            foreach (var name in (string[])["interaction", "recognition", "communication"])
                waiting += (await Service.QueryAsync<long>(
                    name, "SELECT (SELECT count(*) FROM outbox WHERE type NOT LIKE '%Heartbeat') + (SELECT count(*) FROM inbox_parked)"))[0];
            return waiting;
        },
        waiting => waiting == 0);

    public async Task<IReadOnlyList<Recognition>> ListAsync(Guid person) =>
        [.. (await Recognitions.ListRecognitionsAsync(new ListRecognitionsRequest { CustomerId = person.ToString() })).Recognitions];

    /// <summary>The gate says how a mailing ended.</summary>
    public async Task EndAsync(Recognition recognition, MailingState state, string? mailingId = null, string template = "thanks")
    {
        await Service.SayAsync("communication", new MailingsEnded
        {
            Entries =
            {
                new MailingsEnded.Types.Entry
                {
                    MailingId = mailingId ?? recognition.MailingId,
                    CustomerId = recognition.CustomerId,
                    Template = template,
                    State = state,
                    RequestId = recognition.RecognitionId,
                    EndedAt = Service.Clock.GetUtcNow().ToTimestamp(),
                    Revision = 1,
                },
            },
        });
        await SettledAsync();
    }
}

public sealed class RecognitionsOnSqlite() : RecognitionsHost(Provider.Sqlite);

public sealed class RecognitionsOnPostgres() : RecognitionsHost(Provider.Postgres);
