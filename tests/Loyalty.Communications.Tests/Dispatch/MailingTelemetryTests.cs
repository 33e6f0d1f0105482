using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.Communications.Features.Dispatch;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>Runs beside no other test: measures are the process's, and are counted exactly here.</summary>
[CollectionDefinition(nameof(Measured), DisableParallelization = true)]
public sealed class Measured;

[Collection(nameof(Measured))]
public sealed class MailingTelemetryTests
{
    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Counts_the_decisions_the_rule_that_held_and_what_was_released(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        using var heard = new Heard();
        var stall = new Stall(Checkpoints.BeforeHanded);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var person = await post.PersonAsync();
        await post.SubmitAsync(person, await post.TemplateAsync());
        await stall.ReachedAsync();
        heard["loyalty.dispatch.commit_batch"].ShouldBe(1);

        await post.WithdrawAsync(person);

        heard["loyalty.dispatch.released cause=profile"].ShouldBe(1);
        await stall.GoOnAsync();
        await Eventually.TrueAsync(() => heard["loyalty.mailing.outcomes state=declined"] == 1);
        heard["loyalty.gate.decisions outcome=send"].ShouldBe(2, "at the submit and at the claim");
        heard["loyalty.gate.decisions outcome=decline"].ShouldBe(1);
        heard["loyalty.gate.held rule=consent"].ShouldBe(1);
        heard.Tags.ShouldBeSubsetOf(["outcome=send", "outcome=decline", "rule=consent", "cause=profile", "state=declined"]);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Counts_outcomes_late_ones_and_what_waits(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        using var heard = new Heard();
        var stall = new Stall(Checkpoints.AfterDot);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var (person, template) = (await post.PersonAsync(), await post.TemplateAsync());
        await post.SubmitAsync(person, template);
        await stall.ReachedAsync();
        post.Clock.Advance(TimeSpan.FromMinutes(2));
        await stall.GoOnAsync();
        await Eventually.TrueAsync(() => heard["loyalty.dispatch.late_outcomes"] == 1);
        heard["loyalty.mailing.outcomes state=sent"].ShouldBe(1);

        await post.SubmitAsync(person, template);
        post.Mail.At(SinkMoment.Rcpt, new SinkFault.Refuse(451), times: 1);
        await post.SubmitAsync(await post.PersonAsync(), template);

        await Eventually.TrueAsync(() => heard["loyalty.mailing.outcomes state=waiting"] == 1);
        heard["loyalty.gate.decisions outcome=defer"].ShouldBeGreaterThanOrEqualTo(1);
        heard["loyalty.gate.held rule=gap"].ShouldBeGreaterThanOrEqualTo(1);
        await post.Any.GetServices<IHostedService>().OfType<MailingMeasures>().Single().LookAsync(TestContext.Current.CancellationToken);
        heard.Waiting().ShouldBe(2);
    }

    /// <summary>Sums of what the process measures of mailings, by instrument and tag.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, long> sums = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, bool> tags = new(StringComparer.Ordinal);
        private long waiting;

        public Heard()
        {
            listener.InstrumentPublished = (instrument, all) =>
            {
                if (instrument.Name.Split('.') is ["loyalty", "gate" or "mailing" or "dispatch", _])
                    all.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tag, _) => Keep(instrument, value, tag));
            listener.SetMeasurementEventCallback<int>((instrument, value, tag, _) => Keep(instrument, value, tag));
            listener.Start();
        }

        public IEnumerable<string> Tags => tags.Keys;

        public long this[string name] => sums.GetValueOrDefault(name);

        /// <summary>The greatest that any replica says.</summary>
        public long Waiting()
        {
            listener.RecordObservableInstruments();
            return Volatile.Read(ref waiting);
        }

        public void Dispose() => listener.Dispose();

        private void Keep(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> given)
        {
            if (instrument.IsObservable)
            {
                Volatile.Write(ref waiting, Math.Max(Volatile.Read(ref waiting), value));
                return;
            }

            var name = instrument.Name;
            foreach (var (key, tag) in given)
            {
                name += $" {key}={tag}";
                tags[$"{key}={tag}"] = true;
            }

            sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        }
    }
}
