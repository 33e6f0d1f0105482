using Loyalty.Communications.V1;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>The judge of the fault tests must be seen to condemn: forged histories, one fault each.</summary>
public sealed class OracleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero); // in Warsaw

    private readonly Oracle _oracle = new();
    private readonly List<Reception> _received = [];
    private readonly Dictionary<string, MailingState> _states = new(StringComparer.Ordinal);

    [Fact]
    public void Finds_nothing_where_every_promise_held()
    {
        foreach (var day in (int[])[0, 2, 4, 7, 9, 11, 14])
            Arrive(Accept(), Noon.AddDays(day));
        _oracle.Withdraw("ada", _received.Count);
        Accept(state: MailingState.Declined);
        Accept(state: MailingState.Unknown);
        Arrive(Accept(MailingClass.Transactional), Noon.AddHours(12));

        Faults().ShouldBeEmpty();
    }

    [Fact]
    public void Sees_the_fourth_promotion_in_seven_days()
    {
        foreach (var hours in (int[])[0, 48, 96, 7 * 24 - 1])
            Arrive(Accept(), Noon.AddHours(hours));

        Faults().ShouldHaveSingleItem().ShouldContain("4 promotions");
    }

    [Fact]
    public void Sees_the_eighth_promotion_in_thirty_days()
    {
        foreach (var day in (int[])[0, 4, 8, 12, 16, 20, 24, 29])
            Arrive(Accept(), Noon.AddDays(day));

        Faults().ShouldHaveSingleItem().ShouldContain("8 promotions");
    }

    [Fact]
    public void Sees_two_promotions_within_twenty_hours()
    {
        Arrive(Accept(), Noon.AddHours(4));
        Arrive(Accept(), Noon.AddHours(23));

        Faults().ShouldHaveSingleItem().ShouldContain("promotions at");
    }

    [Fact]
    public void Counts_each_person_alone()
    {
        foreach (var person in (string[])["ada", "bob", "cem", "dag"])
            Arrive(Accept(person: person), Noon, person);

        Faults().ShouldBeEmpty();
    }

    [Fact]
    public void Sees_a_promotion_twice_and_lets_a_receipt_come_twice()
    {
        var (promotion, receipt) = (Accept(), Accept(MailingClass.Transactional));
        foreach (var day in (int[])[0, 1])
        {
            Arrive(promotion, Noon.AddDays(day));
            Arrive(receipt, Noon.AddDays(day));
        }

        Faults().ShouldHaveSingleItem().ShouldContain("arrived 2 times");
    }

    [Fact]
    public void Sees_one_mailing_under_two_names()
    {
        var receipt = Accept(MailingClass.Transactional);
        Arrive(receipt, Noon);
        _received.Add(new Reception("ada", $"<{receipt}@elsewhere.example>", Noon));

        Faults().ShouldHaveSingleItem().ShouldContain("Message-IDs");
    }

    [Theory]
    [InlineData(7, 59)]
    [InlineData(20, 0)]
    public void Sees_what_wakes_people_up(int hour, int minute)
    {
        Arrive(Accept(), new DateTimeOffset(2026, 3, 2, hour, minute, 0, TimeSpan.Zero));

        Faults().ShouldHaveSingleItem().ShouldContain("where she lives");
    }

    [Fact]
    public void Sees_what_came_at_its_expiry()
    {
        Arrive(Accept(expiresAt: Noon), Noon);

        Faults().ShouldHaveSingleItem().ShouldContain("expired");
    }

    [Fact]
    public void Sees_what_came_after_a_withdrawal()
    {
        var (before, after) = (Accept(), Accept());
        Arrive(before, Noon);
        _oracle.Withdraw("ada", _received.Count);
        Arrive(after, Noon.AddDays(1));

        Faults().ShouldHaveSingleItem().ShouldContain("withdrawn");
    }

    [Fact]
    public void Sees_a_mailing_that_was_lost()
    {
        _states.Remove(Accept());

        Faults().ShouldHaveSingleItem().ShouldContain("lost");
    }

    [Fact]
    public void Sees_a_mailing_without_an_end()
    {
        Accept(state: MailingState.Waiting);

        Faults().ShouldHaveSingleItem().ShouldContain("no end");
    }

    [Fact]
    public void Sees_a_state_that_is_not_true()
    {
        Accept();
        Arrive(Accept(state: MailingState.Expired), Noon);

        Faults().Count.ShouldBe(2);
    }

    [Fact]
    public void Sees_what_nobody_asked_for_and_what_went_to_somebody_else()
    {
        Arrive(Accept(), Noon, "bob");
        _received.Add(new Reception("ada", "<00000000-0000-0000-0000-000000000000@shop.example>", Noon));

        Faults().Count.ShouldBe(2);
    }

    private string Accept(
        MailingClass mailingClass = MailingClass.Promotion, MailingState state = MailingState.Sent, DateTimeOffset? expiresAt = null, string person = "ada")
    {
        var id = Guid.CreateVersion7().ToString("D");
        _oracle.Accept(new Accepted(id, person, mailingClass, expiresAt ?? DateTimeOffset.MaxValue));
        _states[id] = state;
        return id;
    }

    private void Arrive(string mailingId, DateTimeOffset at, string person = "ada") => _received.Add(new Reception(person, $"<{mailingId}@shop.example>", at));

    private IReadOnlyList<string> Faults() => _oracle.Faults(_received, _states);
}
