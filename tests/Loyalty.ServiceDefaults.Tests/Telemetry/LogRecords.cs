using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Tests.Telemetry;

/// <summary>Keeps what a host logs.</summary>
internal sealed class LogRecords : ILoggerProvider
{
    private readonly ConcurrentQueue<LogRecord> records = new();

    public IReadOnlyList<LogRecord> All => [.. records];

    public ILogger CreateLogger(string categoryName) => new Writer(records, categoryName);

    public void Dispose()
    {
    }

    internal sealed record LogRecord(string Category, LogLevel Level, string Text, Exception? Exception);

    private sealed class Writer(ConcurrentQueue<LogRecord> records, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            records.Enqueue(new LogRecord(category, logLevel, formatter(state, exception), exception));
    }
}
