using System.Data.Common;
using Dapper;
using Google.Protobuf;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>One transaction on the service's own database: what it writes and what it says becomes true together.</summary>
public sealed class Transaction : Session
{
    private readonly Turn turn;
    private readonly TimeProvider clock;
    private readonly List<IMessage> said = [];
    private readonly List<Action> afterCommit = [];

    internal Transaction(Turn turn, Provider provider, TimeProvider clock, CancellationToken ct)
        : base(turn.Connection, provider, ct)
    {
        this.turn = turn;
        this.clock = clock;
    }

    internal bool HasSaid => said.Count > 0;

    private protected override DbTransaction Current => turn.Transaction;

    /// <summary>Runs a statement and returns how many rows it touched.</summary>
    public Task<int> ExecuteAsync(string sql, object? args = null) => Connection.ExecuteAsync(Command(sql, args));

    /// <summary>Puts an event into the outbox; it is written in one statement at commit and published afterwards, at least once.</summary>
    /// <exception cref="InvalidOperationException">The event is over 256 kB: say several.</exception>
    public void Say(IMessage @event)
    {
        if (@event.CalculateSize() > Outbox.MostBytes)
            throw new InvalidOperationException($"{@event.Descriptor.FullName} is over {Outbox.MostBytes} bytes; split it");
        said.Add(@event);
    }

    /// <summary>Runs after the commit, never after a rollback. It must not throw.</summary>
    public void AfterCommit(Action act) => afterCommit.Add(act);

    /// <summary>
    /// Business time, read when asked: take the locks first, then ask, and instants have the order of the locks. On PostgreSQL it is the
    /// database's clock, so that replicas share one; with another clock in the container (Clock__File, tests) it is that one.
    /// </summary>
    public async Task<DateTimeOffset> NowAsync() =>
        Provider == Provider.Postgres && ReferenceEquals(clock, TimeProvider.System)
            ? Instant.From(await SingleAsync<long>("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
            : Instant.Truncate(clock.GetUtcNow());

    internal async Task CommitAsync()
    {
        if (said.Count > 0)
            await Outbox.WriteAsync(this, said, clock.GetUtcNow());
        Committing = true;
        await turn.CommitAsync(CancellationToken);
        foreach (var act in afterCommit)
            act();
    }

    /// <summary>Once the commit was asked for, nobody knows how it ended: the act is not run again.</summary>
    internal bool Committing { get; private set; }
}
