using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

internal static partial class MessagingLog
{
    [LoggerMessage(1001, LogLevel.Warning, "{Service}: {Consumer} failed on {Type} {MessageId}, try {Attempt}; it is parked")]
    public static partial void Parked(this ILogger logger, Exception failure, string service, string consumer, string type, Guid messageId, int attempt);

    [LoggerMessage(1002, LogLevel.Error, "{Service}: {Type} {MessageId} for {Consumer} rests in inbox_failed: {Reason}")]
    public static partial void Failed(this ILogger logger, string service, string type, Guid messageId, string consumer, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "{Service}: own database is away, events wait unacknowledged; next look in {Pause}")]
    public static partial void DatabaseAway(this ILogger logger, Exception failure, string service, TimeSpan pause);

    [LoggerMessage(1004, LogLevel.Warning, "{Service}: outbox could not be published, next try in {Pause}")]
    public static partial void RelayPaused(this ILogger logger, Exception failure, string service, TimeSpan pause);

    [LoggerMessage(1005, LogLevel.Warning, "{Service}: {Work} failed, next try in {Pause}")]
    public static partial void LoopPaused(this ILogger logger, Exception failure, string service, string work, TimeSpan pause);
}
