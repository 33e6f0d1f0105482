using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>A person has become known: takes their addresses at once, for ContactsChanged may come later or was never said.</summary>
internal sealed class HearCustomerRegistered(FetchContacts fetch, KeepContacts keep, ChangeProfile change) : IHandle<CustomerRegistered>
{
    public async Task HandleAsync(CustomerRegistered message, Inbox inbox, CancellationToken cancellationToken)
    {
        var customerId = Guid.Parse(message.CustomerId);
        var contacts = await fetch.OfAsync(customerId, cancellationToken);
        await inbox.OnceAsync(
            async tx =>
            {
                var newer = false;
                await change.RunAsync(tx, customerId, profile =>
                {
                    newer = contacts is not null && KeepContacts.Note(profile, contacts);
                    var news = newer || message.Revision > profile.RegisteredRevision;
                    profile.RegisteredRevision = Math.Max(profile.RegisteredRevision, message.Revision);
                    return news;
                });
                if (newer && contacts is not null)
                    await keep.StoreAsync(tx, customerId, contacts);
            },
            cancellationToken);
    }
}
