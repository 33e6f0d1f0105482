using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Clocks;

public sealed class ClockFileTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 28, 22, 0, 0, TimeSpan.Zero);

    private readonly TempFolder folder = new("clock");

    private string Path => folder["clock"];

    [Fact]
    public void The_layout_is_the_one_that_is_written_down()
    {
        using (ClockFile.Create(Path, Start, speed: 0))
        {
        }

        var bytes = File.ReadAllBytes(Path);
        bytes.Length.ShouldBe(32);
        System.Text.Encoding.ASCII.GetString(bytes, 0, 4).ShouldBe("LCK1");
        (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) % 2).ShouldBe(0u, "nobody writes");
        BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)).ShouldBe(Start.ToUnixTimeMilliseconds() * 1000);
        BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(24)).ShouldBe(0);
    }

    [Fact]
    public async Task Every_reader_follows_freezes_jumps_and_speeds()
    {
        using var writer = ClockFile.Create(Path, Start, speed: 0);
        using var one = FileClock.Open(Path);
        using var other = FileClock.Open(Path);
        (one.GetUtcNow(), other.GetUtcNow()).ShouldBe((Start, Start));

        writer.Jump(TimeSpan.FromDays(7));
        (one.GetUtcNow(), other.GetUtcNow()).ShouldBe((Start.AddDays(7), Start.AddDays(7)));

        writer.SetSpeed(100_000);
        await Eventually.TrueAsync(() => one.GetUtcNow() > Start.AddDays(8));
        writer.Freeze();
        var stopped = one.GetUtcNow();
        other.GetUtcNow().ShouldBe(stopped);
        one.GetUtcNow().ShouldBe(stopped);
        one.GetTimestamp().ShouldBe(stopped.UtcTicks);
    }

    [Fact]
    public void It_never_goes_back()
    {
        using var writer = ClockFile.Create(Path, Start, speed: 0);
        Should.Throw<ArgumentOutOfRangeException>(() => writer.Jump(TimeSpan.FromTicks(-1)));
        Should.Throw<ArgumentOutOfRangeException>(() => writer.JumpTo(Start.AddSeconds(-1)));
        Should.Throw<ArgumentOutOfRangeException>(() => writer.SetSpeed(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => writer.SetSpeed(double.PositiveInfinity));
        Should.Throw<ArgumentOutOfRangeException>(() => writer.SetSpeed(double.NaN));
        writer.JumpTo(Start);
        writer.Now.ShouldBe(Start);
    }

    [Fact]
    public void Whatever_a_writer_does_readers_see_time_go_forward() =>
        Prop.ForAll<NonNegativeInt[]>(steps =>
        {
            using var writer = ClockFile.Create(Path, Start);
            using var reader = FileClock.Open(Path);
            var seen = reader.GetUtcNow();
            foreach (var step in steps)
            {
                if (step.Get % 3 == 0)
                    writer.Jump(TimeSpan.FromSeconds(step.Get));
                else
                    writer.SetSpeed(step.Get % 3 == 1 ? 0 : step.Get * 1_000.0);
                var now = reader.GetUtcNow();
                if (now < seen)
                    return false;
                seen = now;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_reader_never_sees_half_a_change()
    {
        using var writer = ClockFile.Create(Path, Start, speed: 0);
        using var reader = ClockFile.Open(Path);
        using var end = new CancellationTokenSource();
        var write = Task.Run(() =>
        {
            while (!end.IsCancellationRequested && writer.Now < Start.AddYears(3_000))
                writer.Jump(TimeSpan.FromDays(1));
        });
        // Frozen and always at the same time of day: any mixture of two states would show in it. The calendar ends in the year 9999, hence the bound.
        for (var i = 0; i < 200_000 && reader.Now < Start.AddYears(3_000); i++)
            reader.Now.TimeOfDay.ShouldBe(Start.TimeOfDay);
        await end.CancelAsync();
        await write.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Timers_fire_by_business_time()
    {
        using var writer = ClockFile.Create(Path, Start, speed: 0);
        using var clock = FileClock.Open(Path);
        var later = Task.Delay(TimeSpan.FromDays(1), clock);
        using var periodic = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        var tick = periodic.WaitForNextTickAsync().AsTask();
        var soon = Task.Delay(TimeSpan.FromMinutes(1), clock);

        writer.Jump(TimeSpan.FromMinutes(1));
        await soon.WaitAsync(TimeSpan.FromSeconds(10));
        (tick.IsCompleted, later.IsCompleted).ShouldBe((false, false));

        writer.Jump(TimeSpan.FromHours(1));
        (await tick.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();
        later.IsCompleted.ShouldBeFalse();

        writer.SetSpeed(1_000_000);
        await later.WaitAsync(TimeSpan.FromSeconds(10));
        clock.GetUtcNow().ShouldBeGreaterThanOrEqualTo(Start.AddDays(1));
    }

    [Fact]
    public async Task A_jump_fires_a_periodic_timer_once()
    {
        using var writer = ClockFile.Create(Path, Start, speed: 0);
        using var clock = FileClock.Open(Path);
        var fired = 0;
        await using var timer = clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        writer.Jump(TimeSpan.FromDays(30));
        await Eventually.TrueAsync(() => Volatile.Read(ref fired) > 0);
        writer.Jump(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Volatile.Read(ref fired) > 1);

        fired.ShouldBe(2);
    }

    [Fact]
    public void Another_file_is_refused()
    {
        File.WriteAllText(Path, "not a clock");
        Should.Throw<InvalidDataException>(() => ClockFile.Open(Path));
        File.WriteAllBytes(Path, new byte[32]);
        Should.Throw<InvalidDataException>(() => ClockFile.Open(Path));
        Should.Throw<InvalidDataException>(() => ClockFile.Open(folder["nowhere"]));
    }

    [Fact]
    public async Task A_host_lives_by_it()
    {
        using var writer = ClockFile.Create(Path, Start, speed: 0);
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Clock:File"] = Path });
        var clock = host.App.Services.GetRequiredService<TimeProvider>();

        writer.JumpTo(Start.AddYears(1));

        clock.GetUtcNow().ShouldBe(Start.AddYears(1));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("dns:///localhost:8080")]
    public async Task A_host_that_calls_this_machine_only_may_have_it(string address)
    {
        using var writer = ClockFile.Create(Path, Start);
        await using var app = LoyaltyHost.Build([], EchoHost.Settings(folder, new(StringComparer.Ordinal) { ["Clock:File"] = Path, ["Services:customer"] = address }), new EchoModule());
        app.Services.GetRequiredService<TimeProvider>().ShouldBeOfType<FileClock>();
    }

    [Theory]
    [InlineData("Listen:Grpc", "http://0.0.0.0:0")]
    [InlineData("Listen:Http", "http://0.0.0.0:0")]
    [InlineData("Services:customer", "http://192.0.2.1:8080")]
    [InlineData("Services:customer", "dns:///customer:8080")]
    public void A_host_that_others_could_reach_refuses_it(string key, string value)
    {
        using var writer = ClockFile.Create(Path, Start);
        var settings = EchoHost.Settings(folder, new(StringComparer.Ordinal) { ["Clock:File"] = Path, [key] = value, ["Auth:AllowNoneOnAnyAddress"] = "true" });

        Should.Throw<SettingFault>(() => LoyaltyHost.Build([], settings, new EchoModule())).Faults.ShouldHaveSingleItem().ShouldStartWith("Clock__File: is for tests on one machine");
    }

    public void Dispose() => folder.Dispose();
}
