namespace Loyalty.Mesh.Replay;

/// <summary>
/// Counts what people really received, knowing nothing of the gate: the most promotions that any one person got in any half-open window (t - W, t].
/// </summary>
internal sealed class CapOracle
{
    private readonly Dictionary<string, List<DateTimeOffset>> _received = new(StringComparer.Ordinal);
    private readonly HashSet<string> _messageIds = new(StringComparer.Ordinal);

    public int Received { get; private set; }

    /// <summary>Messages that came more than once under the same Message-ID.</summary>
    public int Repeated { get; private set; }

    public void Receive(string recipient, string messageId, DateTimeOffset at)
    {
        Received++;
        if (!_messageIds.Add(messageId))
            Repeated++;
        if (!_received.TryGetValue(recipient, out var instants))
            _received[recipient] = instants = [];
        instants.Add(at);
    }

    public int MostWithin(TimeSpan window)
    {
        var most = 0;
        foreach (var instants in _received.Values)
        {
            instants.Sort();
            for (int last = 0, first = 0; last < instants.Count; last++)
            {
                while (instants[first] <= instants[last] - window)
                    first++;
                most = Math.Max(most, last - first + 1);
            }
        }

        return most;
    }
}
