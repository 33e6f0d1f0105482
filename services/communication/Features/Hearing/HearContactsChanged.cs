using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>Addresses have changed: the event carries none, so they are fetched, before and never inside a decision.</summary>
internal sealed class HearContactsChanged(FetchContacts fetch, KeepContacts keep, ChangeProfile change) : IHandle<ContactsChanged>
{
    public async Task HandleAsync(ContactsChanged message, Inbox inbox, CancellationToken cancellationToken)
    {
        var customerId = Guid.Parse(message.CustomerId);
        var contacts = await fetch.OfAsync(customerId, cancellationToken);
        if (contacts is not null && contacts.Revision < message.Revision)
            throw new InvalidOperationException("customer answered with an older state than it has said");
        await inbox.OnceAsync(
            async tx =>
            {
                if (contacts is not null && await change.RunAsync(tx, customerId, profile => KeepContacts.Note(profile, contacts)))
                    await keep.StoreAsync(tx, customerId, contacts);
            },
            cancellationToken);
    }
}
