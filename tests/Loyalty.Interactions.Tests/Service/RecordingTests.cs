using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.TestKit;

namespace Loyalty.Interactions.Tests.Service;

public abstract class RecordingTests(InteractionsHost host)
{
    [Fact]
    public async Task A_fact_told_about_somebody_is_on_their_timeline()
    {
        var request = host.Fact(kind: InteractionKind.Praise);
        (request.Text, request.Value) = ("Your till was quick.", new Money { Currency = "EUR", Units = 12, Nanos = 500_000_000 });

        var interaction = await host.RecordAsync(request);

        interaction.CustomerId.ShouldBe(request.CustomerId);
        interaction.Kind.ShouldBe(InteractionKind.Praise);
        interaction.Text.ShouldBe(request.Text);
        interaction.Value.ShouldBe(request.Value);
        interaction.OccurredAt.ShouldBe(request.OccurredAt);
        interaction.RecordedAt.ToDateTimeOffset().ShouldBe(host.Service.Clock.GetUtcNow());
        interaction.Revision.ShouldBe(1);
        (await ListAsync(request.CustomerId)).ShouldBe([interaction]);
    }

    [Fact]
    public async Task A_fact_told_by_a_card_leads_to_the_person()
    {
        var person = host.Customers.Add("4711");
        var request = host.Fact();
        request.Identifier = new Identifier { Kind = IdentifierKind.Card, Value = "4711" };
        (await host.RecordAsync(request)).CustomerId.ShouldBe(person.ToString());
    }

    [Theory]
    [InlineData(InteractionKind.Purchase, false)]
    [InlineData(InteractionKind.Review, false)]
    [InlineData(InteractionKind.Recommendation, true)]
    [InlineData(InteractionKind.HelpedNewcomer, true)]
    [InlineData(InteractionKind.DefendedUs, true)]
    public async Task A_hidden_act_is_known_by_its_kind(InteractionKind kind, bool hidden)
    {
        var interaction = await host.RecordAsync(host.Fact(kind: kind));
        interaction.HiddenAct.ShouldBe(hidden);
        (await SaidAsync(interaction.InteractionId, 1)).ShouldHaveSingleItem().HiddenAct.ShouldBe(hidden);
    }

    [Fact]
    public async Task The_same_fact_told_twice_is_one_fact_and_is_said_once()
    {
        var request = host.Fact();
        request.Text = "word for word";
        var first = await host.RecordAsync(request);
        host.Service.Clock.Advance(TimeSpan.FromMinutes(1));
        (await host.RecordAsync(request)).ShouldBe(first);
        (await ListAsync(request.CustomerId)).ShouldBe([first]);
        await AnotherIsHeardAsync();
        (await SaidAsync(first.InteractionId, 1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_same_fact_told_differently_is_a_correction()
    {
        var request = host.Fact();
        request.Value = new Money { Currency = "EUR", Units = 10 };
        var first = await host.RecordAsync(request);
        request.Value.Units = 11;
        request.OccurredAt = host.Service.Clock.GetUtcNow().AddMonths(-2).ToTimestamp();
        var corrected = await host.RecordAsync(request);

        corrected.InteractionId.ShouldBe(first.InteractionId);
        corrected.Revision.ShouldBe(2);
        corrected.RecordedAt.ShouldBe(first.RecordedAt);
        (await ListAsync(request.CustomerId)).ShouldBe([corrected]);
        (await SaidAsync(first.InteractionId, 2)).Select(entry => entry.Revision).ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public async Task A_fact_that_was_about_somebody_else_moves_to_their_timeline()
    {
        var request = host.Fact();
        var before = request.CustomerId;
        request.Text = "whose was it?";
        await host.RecordAsync(request);
        request.CustomerId = host.Customers.Add().ToString();
        var corrected = await host.RecordAsync(request);
        (await ListAsync(before)).ShouldBeEmpty();
        (await ListAsync(request.CustomerId)).ShouldBe([corrected]);
        corrected.Text.ShouldBe("whose was it?");
    }

    [Fact]
    public async Task The_same_id_in_two_systems_is_two_facts()
    {
        var request = host.Fact();
        var first = await host.RecordAsync(request);
        request.SourceSystem = "till";
        (await host.RecordAsync(request)).InteractionId.ShouldNotBe(first.InteractionId);
    }

    [Fact]
    public async Task Many_tellers_of_one_fact_at_once_make_one_fact()
    {
        var request = host.Fact();
        var told = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.RecordAsync(request)));
        told.Distinct().ShouldHaveSingleItem().Revision.ShouldBe(1);
        await AnotherIsHeardAsync();
        (await SaidAsync(told[0].InteractionId, 1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Tellers_who_disagree_at_once_make_one_fact_with_a_revision_for_each_change_of_mind()
    {
        var one = host.Fact();
        var other = one.Clone();
        other.Kind = InteractionKind.Return;
        var told = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => host.RecordAsync(n % 2 == 0 ? one : other)));

        told.Select(interaction => interaction.InteractionId).Distinct().ShouldHaveSingleItem();
        told.GroupBy(interaction => interaction.Revision).ShouldAllBe(revision => revision.Select(interaction => interaction.Kind).Distinct().Count() == 1);
        var last = (await ListAsync(one.CustomerId)).ShouldHaveSingleItem();
        last.Revision.ShouldBe(told.Max(interaction => interaction.Revision));
        (await SaidAsync(last.InteractionId, (int)last.Revision)).Count.ShouldBe((int)last.Revision);
    }

    [Fact]
    public async Task Nothing_is_recorded_about_somebody_unknown()
    {
        await RefusedAsync(host.Fact(Guid.NewGuid()));
        var request = host.Fact();
        request.Identifier = new Identifier { Kind = IdentifierKind.Card, Value = "never seen" };
        await RefusedAsync(request);

        Task RefusedAsync(RecordInteractionRequest about) => host.Service.ChangesNothingAsync("interaction", async () =>
        {
            var refused = await RefusedCall.OfAsync(host.Interactions.RecordInteractionAsync(about));
            refused.Code.ShouldBe(StatusCode.NotFound);
            refused.Reason.ShouldBe("CUSTOMER_UNKNOWN");
        });
    }

    [Fact]
    public async Task Nothing_personal_is_said_or_lies_readable()
    {
        var request = host.Fact(kind: InteractionKind.Praise);
        request.Text = "My neighbour Joanna";
        var interaction = await host.RecordAsync(request);
        var said = (await SaidAsync(interaction.InteractionId, 1)).ShouldHaveSingleItem();
        Encoding.UTF8.GetString(said.ToByteArray()).ShouldNotContain("Joanna");
        var texts = await host.Service.QueryAsync<byte[]>("interaction", "SELECT text FROM interactions WHERE text IS NOT NULL");
        texts.ShouldNotBeEmpty();
        texts.ShouldAllBe(text => !Encoding.UTF8.GetString(text).Contains("Joanna"));
    }

    private async Task<IReadOnlyList<Interaction>> ListAsync(string customerId) =>
        [.. (await host.Interactions.ListInteractionsAsync(new ListInteractionsRequest { CustomerId = customerId })).Interactions];

    private Task<List<InteractionsRecorded.Types.Entry>> SaidAsync(string interactionId, int atLeast) => Eventually.ReachesAsync(
        () => host.Ear.Of<InteractionsRecorded>().SelectMany(e => e.Entries).Where(entry => entry.InteractionId == interactionId).ToList(),
        entries => entries.Count >= atLeast);

    // What was said before this was heard has been heard too, as far as one relay tells in order; a late double would be found by the inbox.
    private async Task AnotherIsHeardAsync() => await SaidAsync((await host.RecordAsync(host.Fact())).InteractionId, 1);
}

public sealed class RecordingOnSqlite(InteractionsOnSqlite host) : RecordingTests(host), IClassFixture<InteractionsOnSqlite>;

public sealed class RecordingOnPostgres(InteractionsOnPostgres host) : RecordingTests(host), IClassFixture<InteractionsOnPostgres>;
