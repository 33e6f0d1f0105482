using Loyalty.Customers.V1;
using Loyalty.Interactions.Storage;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.Interactions.Features;

/// <summary>Remembers that a person exists.</summary>
internal sealed class KnowRegisteredCustomer : IHandle<CustomerRegistered>
{
    public Task HandleAsync(CustomerRegistered message, Inbox inbox, CancellationToken cancellationToken) =>
        inbox.OnceAsync(tx => KnownCustomers.AddAsync(tx, Guid.Parse(message.CustomerId)), cancellationToken);
}
