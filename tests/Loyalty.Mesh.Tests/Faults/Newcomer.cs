using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>Somebody who registers and consents while things break: what had no answer is said again under the same request ids.</summary>
internal sealed class Newcomer(Crowd crowd)
{
    private readonly string _register = Stories.People.NewId();
    private readonly string _consent = Stories.People.NewId();
    private readonly Identifier _email = Stories.People.Email("new");
    private readonly Timestamp _saidAt = crowd.Now.ToTimestamp();

    /// <summary>Set when the consent was acknowledged.</summary>
    public Person? Person { get; private set; }

    public async Task JoinAsync()
    {
        var request = new RegisterCustomerRequest { RequestId = _register, DisplayName = "New", Locale = "en-GB", Country = "PL", TimeZone = "Europe/Warsaw" };
        request.Identifiers.Add(_email);
        var customer = (await crowd.Stage.Clients.Customers.RegisterCustomerAsync(request, crowd.Stage.Call)).Customer;
        await crowd.Stage.Clients.Preferences.SetConsentAsync(
            new SetConsentRequest
            {
                RequestId = _consent,
                CustomerId = customer.CustomerId,
                Purpose = Purpose.Marketing,
                Channel = Channel.Email,
                Given = true,
                SaidAt = _saidAt,
                Evidence = "told at the till",
            },
            crowd.Stage.Call);
        Person = new Person(customer.CustomerId, _email.Value);
    }

    /// <summary>Waits until the acknowledged consent counts at the gate.</summary>
    public async Task UntilHeardAsync()
    {
        var (person, template) = (Person.ShouldNotBeNull(), await crowd.TemplateAsync(MailingClass.Promotion));
        await Eventually.ReachesAsync(
            () => crowd.ConsentAsync(person, template), outcome => outcome == RuleVerdict.Types.Outcome.Pass, TimeSpan.FromSeconds(40), "an acknowledged consent reaches the gate");
    }
}
