using System.Diagnostics;
using Loyalty.Benchmarks.Load;

namespace Loyalty.Benchmarks.Figures;

/// <summary>
/// Mailings from due to sent: claim, decide, commit, hand over by SMTP, settle; on PostgreSQL with fsync. Beside what pgbench inserts
/// with prepared statements over as many connections as were seen at work.
/// </summary>
internal sealed class MailingsFigure(Amounts amounts) : IFigure
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Quantity _sent = new("mailings", $"due to sent, over {amounts.Sessions} SMTP sessions", "mailings/s", "pgbench inserts");
    private Estate? _estate;
    private string _template = "";
    private string[] _people = [];
    private int _round;
    private int _connections = 2;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _estate = await Estate.StartAsync(cancellationToken);
        _template = await _estate.TemplateAsync(cancellationToken);
        // Other people in each round: nobody is sent two promotions on a day.
        _people = await _estate.PeopleAsync(amounts.People * amounts.Rounds, _template, cancellationToken);
    }

    public async Task MeasureAsync(Readings readings, CancellationToken cancellationToken)
    {
        var people = _people[(amounts.People * _round)..(amounts.People * ++_round)];
        await Prepared.SubmitAsync(people, _template, cancellationToken);
        var waiting = await Prepared.CountAsync("SELECT count(*) FROM queue WHERE state = 1", cancellationToken);
        if (waiting != people.Length)
            throw new InvalidOperationException($"{waiting} of {people.Length} mailings wait.");

        var before = Prepared.Mail.ReceivedCount;
        await using var dispatcher = await Prepared.StartDispatcherAsync(amounts.Sessions, cancellationToken);
        readings.Ours(_sent, await RateAsync(before, people.Length, cancellationToken));
        dispatcher.Terminate();
        await dispatcher.WaitForExitAsync(TimeSpan.FromMinutes(1), cancellationToken);
    }

    public async Task MeasureCeilingAsync(Readings readings, CancellationToken cancellationToken) =>
        readings.Ceiling(_sent, await PgBench.InsertsAsync(Prepared.Database, _connections, amounts.Span, cancellationToken));

    public ValueTask DisposeAsync() => _estate?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Estate Prepared => _estate ?? throw new InvalidOperationException("not prepared");

    /// <summary>From the fifth part on, so that a process that has just started is not what is measured, until the last is settled in the database.</summary>
    private async Task<double> RateAsync(int before, int mailings, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var (from, since) = (0, 0L);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var look = 0; ; look++)
        {
            var received = Prepared.Mail.ReceivedCount - before;
            if (since == 0 && received >= mailings / 5)
                (from, since) = (received, Stopwatch.GetTimestamp());
            if (received >= mailings && await Prepared.CountAsync("SELECT count(*) FROM queue", cancellationToken) == 0)
                return (mailings - from) / Stopwatch.GetElapsedTime(since).TotalSeconds;
            if (since != 0 && look % 20 == 0)
                _connections = Math.Max(_connections, (int)await BusyConnectionsAsync(cancellationToken));
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"{received} of {mailings} mailings arrived within {Patience}.");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private Task<long> BusyConnectionsAsync(CancellationToken cancellationToken) => Prepared.CountAsync(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'", cancellationToken);
}
