using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Clocks;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>Asks customer for addresses. Events come one by one; those that come together are asked for together, up to 500 in a call.</summary>
internal sealed class FetchContacts(CustomerService.CustomerServiceClient customers)
{
    private const int MostIds = 500;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private Dictionary<Guid, TaskCompletionSource<BatchGetContactsResponse.Types.CustomerContacts?>> waiting = [];

    /// <summary>Null for somebody whom customer does not know.</summary>
    public Task<BatchGetContactsResponse.Types.CustomerContacts?> OfAsync(Guid customerId, CancellationToken cancellationToken)
    {
        TaskCompletionSource<BatchGetContactsResponse.Types.CustomerContacts?>? answer;
        var first = false;
        lock (gate)
        {
            if (!waiting.TryGetValue(customerId, out answer))
            {
                answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Add(customerId, answer);
                first = waiting.Count == 1;
            }
        }

        if (first)
            _ = AskAsync();
        return answer.Task.WaitAsync(cancellationToken);
    }

    private async Task AskAsync()
    {
        await Task.Delay(Gather, RealTime.Clock, CancellationToken.None); // asked for several events: none of them may cancel it
        Dictionary<Guid, TaskCompletionSource<BatchGetContactsResponse.Types.CustomerContacts?>> asked;
        lock (gate)
            (asked, waiting) = (waiting, []);
        foreach (var batch in asked.Chunk(MostIds))
        {
            try
            {
                var request = new BatchGetContactsRequest { CustomerIds = { batch.Select(b => b.Key.ToString("D")) } };
                var answers = (await customers.BatchGetContactsAsync(request, deadline: Deadlines.In(Deadline), cancellationToken: CancellationToken.None)).Customers
                    .ToDictionary(c => Guid.Parse(c.CustomerId));
                foreach (var (id, answer) in batch)
                    answer.TrySetResult(answers.GetValueOrDefault(id));
            }
            catch (Exception e)
            {
                foreach (var (_, answer) in batch)
                    answer.TrySetException(e);
            }
        }
    }
}
