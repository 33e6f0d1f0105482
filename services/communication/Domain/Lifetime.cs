using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Domain;

/// <summary>How long a mailing may wait when its sender does not say.</summary>
internal static class Lifetime
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    public static TimeSpan Of(MailingClass @class) => @class switch
    {
        MailingClass.Transactional => TimeSpan.FromMinutes(10),
        MailingClass.Service => TimeSpan.FromDays(3),
        MailingClass.Relationship => TimeSpan.FromDays(14),
        _ => TimeSpan.FromDays(7),
    };

    /// <summary>At least once: an unknown outcome is tried again under the same Message-ID. The other classes rather lose one than send two.</summary>
    public static bool IsAtLeastOnce(MailingClass @class) => @class is MailingClass.Transactional or MailingClass.Service;
}
