using Google.Protobuf.WellKnownTypes;
using Loyalty.Interactions.V1;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>What an operator sees of all this: one trace, whatever lies between.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task One_trace_runs_from_the_call_through_outbox_broker_and_consumer_into_the_next_call()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var services = await FourProcesses.StartAsync(new FourLayout
        {
            Settings =
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint.ToString()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ],
        });
        var crowd = new Crowd(services);
        await crowd.JoinAsync(1);

        await services.Clients.Interactions.RecordInteractionAsync(
            new RecordInteractionRequest
            {
                CustomerId = crowd.People[0].CustomerId,
                Kind = InteractionKind.HelpedNewcomer,
                SourceSystem = "forum",
                SourceId = Stories.People.NewId(),
                OccurredAt = crowd.Now.ToTimestamp(),
                Text = "explained how to change the filter",
            },
            crowd.Stage.Call);

        // Each process exports in its own time.
        await Eventually.PassesAsync(
            () =>
            {
                var trace = TraceOf(collector, "InteractionService/RecordInteraction");
                trace.ShouldContain(span => Is(span, "interaction", "InteractionService/RecordInteraction"));
                trace.ShouldContain(span => Is(span, "interaction", "loyalty.interaction.v1.InteractionsRecorded send"));
                trace.ShouldContain(span => Is(span, "recognition", "recognition-from-interaction receive"));
                trace.ShouldContain(span => Is(span, "recognition", "ThankOnActObserved"));
                trace.ShouldContain(span => Is(span, "recognition", "POST") && span.Attributes.Values.Any(value => value.EndsWith("MailingService/SubmitMailing", StringComparison.Ordinal)));
                trace.ShouldContain(span => Is(span, "communication", "MailingService/SubmitMailing"));
                var ids = trace.Select(span => span.SpanId).ToHashSet(StringComparer.Ordinal);
                trace.ShouldAllBe(span => span.ParentSpanId.Length == 0 || ids.Contains(span.ParentSpanId)); // no gap on the way
                trace.Where(span => span.ParentSpanId.Length == 0).ShouldHaveSingleItem();
                return Task.CompletedTask;
            },
            TimeSpan.FromSeconds(60), "the trace of RecordInteraction reaches SubmitMailing without a gap");
    }

    private static IReadOnlyList<ExportedSpan> TraceOf(OtlpCollector collector, string rpc) =>
        collector.Spans.FirstOrDefault(span => span.Name.EndsWith(rpc, StringComparison.Ordinal)) is { } first ? collector.Trace(first.TraceId) : [];

    private static bool Is(ExportedSpan span, string service, string name) =>
        string.Equals(span.Service, $"loyalty-{service}", StringComparison.Ordinal) && span.Name.EndsWith(name, StringComparison.Ordinal);
}
