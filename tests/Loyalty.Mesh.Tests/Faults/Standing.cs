using Dapper;
using Loyalty.Mesh.Tests.Deployments;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>What the gate has in hand, counted at one moment in communication's database.</summary>
/// <param name="Misplaced">Accepted mailings that stand nowhere or in two places.</param>
internal sealed record Standing(long Accepted, long Alive, long Ended, long Committed, long Handed, long Misplaced, DateTimeOffset? NextDue)
{
    public static async Task<Standing> ReadAsync(Deployment deployment)
    {
        await using var connection = deployment.ConnectToCommunication();
        var row = await connection.QuerySingleAsync<(long Accepted, long Alive, long Ended, long Committed, long Handed, long Misplaced, long? NextDue)>(
            """
            SELECT (SELECT count(*) FROM mailings), (SELECT count(*) FROM queue), (SELECT count(*) FROM ended),
              (SELECT count(*) FROM queue WHERE state = 2), (SELECT count(*) FROM queue WHERE state = 3),
              (SELECT count(*) FROM mailings m LEFT JOIN queue q ON q.mailing_id = m.mailing_id LEFT JOIN ended e ON e.mailing_id = m.mailing_id
                WHERE (q.mailing_id IS NULL) = (e.mailing_id IS NULL)),
              (SELECT min(due_at) FROM due)
            """);
        return new Standing(
            row.Accepted, row.Alive, row.Ended, row.Committed, row.Handed, row.Misplaced, row.NextDue is { } micros ? DateTimeOffset.UnixEpoch.AddMicroseconds(micros) : null);
    }
}
