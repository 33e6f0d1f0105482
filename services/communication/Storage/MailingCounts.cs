using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>How many mailings stand where. At any moment what was accepted is the sum over the states.</summary>
internal sealed record MailingCounts(long Accepted, IReadOnlyDictionary<MailingState, long> ByState)
{
    public long this[MailingState state] => ByState.GetValueOrDefault(state);

    public long Sum => ByState.Values.Sum();

    /// <summary>All in one statement, so that both sides are counted at one moment.</summary>
    public static async Task<MailingCounts> ReadAsync(Session session)
    {
        var rows = await session.QueryAsync<CountRow>(
            """
            SELECT 0 AS state, count(*) AS mailings FROM mailings
            UNION ALL SELECT state, count(*) FROM queue GROUP BY state
            UNION ALL SELECT state, count(*) FROM ended GROUP BY state
            UNION ALL SELECT 0, coalesce(sum(mailings), 0) FROM retired
            UNION ALL SELECT state, sum(mailings) FROM retired GROUP BY state
            """);
        return new MailingCounts(
            rows.Where(r => r.State == 0).Sum(r => r.Mailings),
            rows.Where(r => r.State != 0).GroupBy(r => (MailingState)r.State).ToDictionary(g => g.Key, g => g.Sum(r => r.Mailings)));
    }

    private sealed class CountRow
    {
        public short State { get; init; }
        public long Mailings { get; init; }
    }
}
