using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.TestKit;

namespace Loyalty.Customers.Tests.Service;

public abstract class PreferenceTests(CustomersHost host)
{
    private DateTimeOffset Now => host.Service.Clock.GetUtcNow();

    [Fact]
    public async Task A_newcomer_has_no_wish_and_no_consent()
    {
        var customer = await host.RegisterAsync();
        var answer = await GetAsync(customer);
        answer.Preferences.ShouldBe(new Preferences { TimeZone = "Europe/Warsaw", Country = "PL", Locale = "pl-PL", FrequencyWish = FrequencyWish.Normal });
        answer.Consents.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_what_the_mask_names_is_changed_and_said()
    {
        var customer = await host.RegisterAsync();
        var answer = await host.Preferences.SetPreferencesAsync(Change(
            customer,
            new Preferences
            {
                TimeZone = "Nowhere/Land",
                FrequencyWish = FrequencyWish.Less,
                AwakeWindow = new AwakeWindow { From = "22:00", Until = "06:00" },
                PausedUntil = Now.AddDays(30).ToTimestamp(),
            },
            "frequency_wish", "awake_window", "paused_until"));

        var expected = new Preferences
        {
            TimeZone = "Europe/Warsaw",
            Country = "PL",
            Locale = "pl-PL",
            FrequencyWish = FrequencyWish.Less,
            AwakeWindow = new AwakeWindow { From = "22:00", Until = "06:00" },
            PausedUntil = Now.AddDays(30).ToTimestamp(),
        };
        answer.Preferences.ShouldBe(expected);
        (await GetAsync(customer)).Preferences.ShouldBe(expected);
        await Eventually.TrueAsync(() => Said(customer).Count == 2);
        Said(customer)[1].Revision.ShouldBe(2);
        Said(customer)[1].Preferences.ShouldBe(expected);
    }

    [Fact]
    public async Task What_the_mask_names_and_the_request_leaves_out_is_taken_back()
    {
        var customer = await host.RegisterAsync();
        await host.Preferences.SetPreferencesAsync(Change(
            customer, new Preferences { AwakeWindow = new AwakeWindow { From = "08:00", Until = "20:00" }, PausedUntil = Now.ToTimestamp() }, "awake_window", "paused_until"));
        var answer = await host.Preferences.SetPreferencesAsync(Change(customer, new Preferences(), "awake_window", "paused_until", "time_zone"));
        answer.Preferences.AwakeWindow.ShouldBeNull();
        answer.Preferences.PausedUntil.ShouldBeNull();
        answer.Preferences.TimeZone.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_again_changes_nothing()
    {
        var customer = await host.RegisterAsync();
        var before = await GetAsync(customer);
        var answer = await host.Preferences.SetPreferencesAsync(Change(customer, before.Preferences, "time_zone", "country", "locale", "frequency_wish"));
        answer.Etag.ShouldBe(before.Etag);
    }

    [Fact]
    public async Task A_change_of_what_has_changed_since_is_refused()
    {
        var customer = await host.RegisterAsync();
        var seen = (await GetAsync(customer)).Etag;
        var change = Change(customer, new Preferences { FrequencyWish = FrequencyWish.Rarely }, "frequency_wish");
        change.Etag = seen;
        await host.Preferences.SetPreferencesAsync(change);

        var late = Change(customer, new Preferences { FrequencyWish = FrequencyWish.Normal }, "frequency_wish");
        late.Etag = seen;
        var refused = await RefusedCall.OfAsync(host.Preferences.SetPreferencesAsync(late));
        refused.Code.ShouldBe(StatusCode.Aborted);
        refused.Reason.ShouldBe("ETAG_MISMATCH");
        (await GetAsync(customer)).Preferences.FrequencyWish.ShouldBe(FrequencyWish.Rarely);

        // A repeat of the first is no late change: it was made.
        (await host.Preferences.SetPreferencesAsync(change)).Preferences.FrequencyWish.ShouldBe(FrequencyWish.Rarely);
    }

    [Fact]
    public async Task Of_many_changes_of_the_same_version_at_once_one_is_made()
    {
        var customer = await host.RegisterAsync();
        var seen = (await GetAsync(customer)).Etag;
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 8).Select(async day =>
        {
            var change = Change(customer, new Preferences { PausedUntil = Now.AddDays(day).ToTimestamp() }, "paused_until");
            change.Etag = seen;
            try
            {
                await host.Preferences.SetPreferencesAsync(change);
                return true;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.Aborted)
            {
                return false;
            }
        }));
        outcomes.Count(made => made).ShouldBe(1);
    }

    [Fact]
    public async Task A_consent_holds_until_it_is_withdrawn_and_again_when_it_is_given_later()
    {
        var customer = await host.RegisterAsync();
        (await SayAsync(customer, given: true, Now.AddHours(-3))).Holds.ShouldBeTrue();
        (await SayAsync(customer, given: false, Now.AddHours(-2))).Holds.ShouldBeFalse();
        (await SayAsync(customer, given: true, Now.AddHours(-2))).Holds.ShouldBeFalse(); // a tie
        (await SayAsync(customer, given: true, Now.AddHours(-1))).Holds.ShouldBeTrue();
        (await GetAsync(customer)).Consents.ShouldHaveSingleItem().Holds.ShouldBeTrue();
    }

    [Fact]
    public async Task A_withdrawal_that_is_told_late_still_counts_from_when_it_was_said()
    {
        var customer = await host.RegisterAsync();
        await SayAsync(customer, given: true, Now.AddHours(-1));
        var consent = await SayAsync(customer, given: false, Now.AddHours(-2));
        consent.Holds.ShouldBeTrue();
        consent.WithdrawnAt.ToDateTimeOffset().ShouldBe(Now.AddHours(-2));
    }

    [Fact]
    public async Task A_consent_from_a_clock_that_is_ahead_does_not_outlive_a_withdrawal_made_now()
    {
        var customer = await host.RegisterAsync();
        (await SayAsync(customer, given: true, Now.AddMinutes(4))).GivenAt.ToDateTimeOffset().ShouldBe(Now);
        (await SayAsync(customer, given: false, at: null)).Holds.ShouldBeFalse();
    }

    [Fact]
    public async Task Each_change_of_a_consent_is_said_with_its_revision_and_a_repetition_is_not()
    {
        var customer = await host.RegisterAsync();
        await SayAsync(customer, given: true, Now.AddHours(-3));
        await SayAsync(customer, given: true, Now.AddHours(-3));
        await SayAsync(customer, given: true, Now.AddHours(-4));
        await SayAsync(customer, given: false, Now);
        await Eventually.TrueAsync(() => Consents(customer).Any(e => !e.Consent.Holds));
        Consents(customer).Select(e => e.Revision).ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public async Task Consents_are_apart_by_purpose_and_channel()
    {
        var customer = await host.RegisterAsync();
        await SayAsync(customer, given: true, Now);
        await host.Preferences.SetConsentAsync(new SetConsentRequest
        {
            RequestId = Samples.RequestId,
            CustomerId = customer.CustomerId,
            Purpose = Purpose.Relationship,
            Channel = Channel.Email,
        });
        (await GetAsync(customer)).Consents.Select(consent => (consent.Purpose, consent.Holds))
            .ShouldBe([(Purpose.Marketing, true), (Purpose.Relationship, false)]);
    }

    private static SetPreferencesRequest Change(Customer customer, Preferences preferences, params string[] mask) => new()
    {
        RequestId = Samples.RequestId,
        CustomerId = customer.CustomerId,
        Preferences = preferences,
        UpdateMask = new FieldMask { Paths = { mask } },
    };

    private async Task<Consent> SayAsync(Customer customer, bool given, DateTimeOffset? at) => (await host.Preferences.SetConsentAsync(new SetConsentRequest
    {
        RequestId = Samples.RequestId,
        CustomerId = customer.CustomerId,
        Purpose = Purpose.Marketing,
        Channel = Channel.Email,
        Given = given,
        SaidAt = at?.ToTimestamp(),
        Evidence = given ? "wording 7, till 3" : "",
    })).Consent;

    private async Task<GetPreferencesResponse> GetAsync(Customer customer) =>
        await host.Preferences.GetPreferencesAsync(new GetPreferencesRequest { CustomerId = customer.CustomerId });

    private IReadOnlyList<PreferencesChanged> Said(Customer customer) =>
        [.. host.Ear.Of<PreferencesChanged>().Where(e => e.CustomerId == customer.CustomerId).OrderBy(e => e.Revision)];

    private IReadOnlyList<ConsentChanged> Consents(Customer customer) =>
        [.. host.Ear.Of<ConsentChanged>().Where(e => e.CustomerId == customer.CustomerId)];
}

public sealed class PreferencesOnSqlite(CustomersOnSqlite host) : PreferenceTests(host), IClassFixture<CustomersOnSqlite>;

public sealed class PreferencesOnPostgres(CustomersOnPostgres host) : PreferenceTests(host), IClassFixture<CustomersOnPostgres>;
