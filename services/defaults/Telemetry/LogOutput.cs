using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Loyalty.ServiceDefaults.Telemetry;

/// <summary>Logs on standard output: a JSON object per line with the trace's id, or plain lines for people (<c>Logging__Format=plain</c>).</summary>
internal static class LogOutput
{
    public static void Configure(ILoggingBuilder logging, IConfiguration configuration, HostOptions options)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        logging.AddFilter("MassTransit", LogLevel.Warning);
        logging.AddFilter("Grpc", LogLevel.Warning);
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Critical); // RefusalInterceptor has logged it already
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (options.JsonLogs)
            logging.AddJsonConsole(json => (json.IncludeScopes, json.UseUtcTimestamp, json.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        else
            logging.AddSimpleConsole(plain => (plain.SingleLine, plain.TimestampFormat, plain.ColorBehavior) = (true, "HH:mm:ss ", LoggerColorBehavior.Default));
    }
}
