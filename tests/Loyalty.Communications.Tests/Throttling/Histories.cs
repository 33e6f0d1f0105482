using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

/// <summary>Random people with random pasts, and what waits for them.</summary>
internal static class Histories
{
    private static readonly string[] ZoneIds =
        ["Etc/UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia"];

    public static Profile Person(Random random) => Some.Person(ZoneIds[random.Next(ZoneIds.Length)]) with
    {
        Wish = (FrequencyWish)random.Next(3),
        PausedUntil = random.Next(5) == 0 ? Near(random, 10 * Instants.Day) : 0,
        Place = new Place(ZoneIds[random.Next(ZoneIds.Length)], "DE", random.Next(3) == 0 ? Window(random) : null),
    };

    public static Send[] Past(Random random, int most) => [.. Enumerable.Range(0, random.Next(most + 1))
        .Select(i => Send.Of(Mailing(random, 1000 + i), Some.Noon - random.NextInt64(35 * Instants.Day)))
        .OrderBy(send => send.At)];

    public static Mailing Mailing(Random random, int number)
    {
        var mailing = random.Next(10) switch
        {
            0 => Some.Receipt(number),
            1 => Some.Service(number) with { Urgent = random.Next(2) == 0 },
            2 or 3 => Some.Thanks(number),
            4 => Some.OpinionAsk(number),
            _ => Some.Promotion(number),
        };
        return mailing with
        {
            Id = new Guid(random.Next(), (short)number, 7, [1, 2, 3, 4, 5, 6, 7, (byte)number]),
            Channel = (Channel)random.Next(1, 5),
            Priority = random.Next(3),
            NotBefore = random.Next(4) == 0 ? Near(random, 5 * Instants.Day) : 0,
            BackoffUntil = random.Next(20) == 0 ? Near(random, Instants.Day) : 0,
            ExpiresAt = Some.Noon + (random.Next(4) == 0 ? 3 + random.Next(7) : 90) * Instants.Day,
        };
    }

    private static long Near(Random random, long span) => Some.Noon + random.NextInt64(-span / 2, span);

    private static AwakeWindow Window(Random random)
    {
        var opens = random.Next(24 * 60);
        return new AwakeWindow(opens, (opens + random.Next(120, 23 * 60)) % (24 * 60));
    }
}
