using Loyalty.Communications.Storage;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>Keeps addresses, encrypted under a key of our own; the profile only says on which channels there is one.</summary>
internal sealed class KeepContacts(PersonalValues<CommunicationsModule> secrets)
{
    /// <summary>True where they are newer than what was known.</summary>
    public static bool Note(StoredProfile profile, BatchGetContactsResponse.Types.CustomerContacts contacts)
    {
        if (contacts.Revision <= profile.ContactsRevision)
            return false;
        profile.ContactsRevision = contacts.Revision;
        profile.Addresses.Clear();
        profile.Addresses.AddRange(contacts.Contacts.Select(c => new StoredAddress { Channel = (int)c.Channel }));
        if (profile.PreferencesRevision == 0)
            profile.Locale = contacts.Locale;
        return true;
    }

    public async Task StoreAsync(Transaction tx, Guid customerId, BatchGetContactsResponse.Types.CustomerContacts contacts)
    {
        var key = await secrets.CreateKeyAsync(tx, customerId);
        await AddressBook.ReplaceAsync(
            tx,
            customerId,
            [.. contacts.Contacts.Select(c => new AddressRow { CustomerId = customerId, Channel = (short)c.Channel, Sealed = key.Seal(c.Address) })]);
    }
}
