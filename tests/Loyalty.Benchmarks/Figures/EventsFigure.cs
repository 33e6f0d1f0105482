using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Benchmarks.Load;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Benchmarks.Figures;

/// <summary>
/// Events from one committed transaction through outbox, relay, RabbitMQ and inbox into another committed transaction, both on
/// PostgreSQL. Beside RabbitMQ's own client, which publishes as many persistent messages with confirms and consumes them with acks.
/// </summary>
internal sealed class EventsFigure(Amounts amounts) : IFigure
{
    private const int PerTransaction = 100;
    private static readonly Quantity Through = new("events", "outbox, RabbitMQ, inbox", "events/s", "bare RabbitMQ.Client");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private VhostLease? _vhost;
    private ServiceFixture? _services;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _vhost = await SharedServers.TakeVhostAsync("events", cancellationToken);
        _services = await ServiceFixture.StartAsync(
            Provider.Postgres,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["ConnectionStrings:rabbitmq"] = _vhost.Address.ToString() },
            new Sayer(),
            new Hearer());
        await GoThroughAsync(Math.Min(amounts.Events, 500), cancellationToken);
    }

    public async Task MeasureAsync(Readings readings, CancellationToken cancellationToken) => readings.Ours(Through, await GoThroughAsync(amounts.Events, cancellationToken));

    public async Task MeasureCeilingAsync(Readings readings, CancellationToken cancellationToken) => readings.Ceiling(
        Through, await RabbitLoad.RunAsync(Vhost.Address, Event().ToByteArray(), amounts.Events, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        _vhost?.Dispose();
    }

    private VhostLease Vhost => _vhost ?? throw new InvalidOperationException("not prepared");

    private static CustomerRegistered Event() => new() { CustomerId = Guid.CreateVersion7().ToString("D"), Revision = 1 };

    private async Task<double> GoThroughAsync(int events, CancellationToken cancellationToken)
    {
        var services = _services ?? throw new InvalidOperationException("not prepared");
        var heard = services.Services.GetRequiredService<Heard>();
        var until = heard.Count + events;
        var start = Stopwatch.GetTimestamp();
        foreach (var part in Enumerable.Range(0, events).Chunk(PerTransaction))
            await services.SayAsync("customer", [.. part.Select(_ => Event())]);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (heard.Count < until)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"{until - heard.Count} of {events} events were not heard within {Patience}.");
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>How many events took effect.</summary>
    private sealed class Heard
    {
        private long _count;

        public long Count => Volatile.Read(ref _count);

        public void Add() => Interlocked.Increment(ref _count);
    }

    private sealed class Sayer : ServiceModule
    {
        public override string Name => "customer";

        public override void AddServices(IServiceCollection services, IConfiguration configuration)
        {
        }

        public override void MapGrpc(GrpcMap grpc)
        {
        }

        public override IMessage Heartbeat(DateTimeOffset now) => new CustomerHeartbeat { SaidAt = now.ToTimestamp() };
    }

    private sealed class Hearer : ServiceModule
    {
        public override string Name => "communication";

        public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<Heard>();

        public override void MapGrpc(GrpcMap grpc)
        {
        }

        public override void Hear(EventMap events) => events.From("customer").On<CustomerRegistered, HearRegistered>();

        public override IMessage Heartbeat(DateTimeOffset now) => new CommunicationHeartbeat { SaidAt = now.ToTimestamp() };
    }

    // The note in the inbox is the write that every handler makes; what a handler does beside is its own matter.
    private sealed class HearRegistered(Heard heard) : IHandle<CustomerRegistered>
    {
        public async Task HandleAsync(CustomerRegistered message, Inbox inbox, CancellationToken cancellationToken)
        {
            if (await inbox.OnceAsync(_ => Task.CompletedTask, cancellationToken))
                heard.Add();
        }
    }
}
