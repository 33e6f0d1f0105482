using System.Diagnostics;
using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>Mailings per second through the whole of a decision: claim, commit, HANDED, provider (takes everything at once), SENT.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Three_thousand_people_are_served_in_seconds(Provider provider)
    {
        const int People = 3000;
        await using var post = await PostOffice.OpenAsync(provider);
        var template = await post.TemplateAsync();
        for (var i = 0; i < People; i++)
            await post.SubmitAsync(await post.PersonAsync(), template, notBefore: TimeSpan.FromHours(1));
        await post.AddAsync(services => services.AddSingleton<IMailTransport, EverythingTaken>());
        await post.BeHeardAsync();

        var began = Stopwatch.GetTimestamp();
        post.Clock.Advance(TimeSpan.FromHours(3));
        await post.UntilQuietAsync();
        var took = Stopwatch.GetElapsedTime(began);

        var counts = await post.Database.ReadAsync(Storage.MailingCounts.ReadAsync, CancellationToken.None);
        counts[MailingState.Sent].ShouldBe(People);
        output.WriteLine($"{provider}: {People} mailings in {took.TotalSeconds:0.00} s, {People / took.TotalSeconds:0} per second");
        took.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    /// <summary>A provider that takes every mail at once.</summary>
    internal sealed class EverythingTaken : IMailTransport
    {
        private static readonly MailOutcome Taken = new MailOutcome.Accepted(new SmtpReply(250, "2.0.0", "2.0.0 taken"));

        public ValueTask<MailLease> TryLeaseAsync(CancellationToken cancel) => new(MailLease.Granted(new Permit()));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Permit : IMailPermit
        {
            public bool TakesEightBit => true;

            public Task<MailOutcome> DeliverAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel) => Task.FromResult(Taken);

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
