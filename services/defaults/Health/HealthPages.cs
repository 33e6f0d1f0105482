using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Health;

/// <summary><c>/health/live</c> and <c>/health/ready</c>: 200 or 503, with every dependency by name in the body.</summary>
internal static class HealthPages
{
    public static void Map(IEndpointRouteBuilder http)
    {
        var book = http.ServiceProvider.GetRequiredService<HealthBook>();
        http.MapGet("/health/live", context => Answer(context, book.Live, new Dictionary<string, object>(StringComparer.Ordinal) { ["status"] = book.Live ? "live" : "stuck" }));
        http.MapGet("/health/ready", context =>
        {
            var ready = book.Ready;
            return Answer(context, ready, new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["status"] = ready ? "ready" : book.Draining.IsCancellationRequested ? "draining" : "not ready",
                ["dependencies"] = book.Entries.ToDictionary(entry => entry.Probe.Name, entry => Told(book, entry), StringComparer.Ordinal),
            });
        });
    }

    private static Dictionary<string, object?> Told(HealthBook book, HealthBook.Entry entry) => new(StringComparer.Ordinal)
    {
        ["up"] = book.IsUp(entry),
        ["required"] = entry.Probe.Required,
        ["answered_seconds_ago"] = book.AnswerAge(entry) is { } age ? Math.Round(age.TotalSeconds, 1) : null,
        ["fault"] = entry.Fault,
    };

    private static Task Answer(HttpContext context, bool good, Dictionary<string, object> body)
    {
        context.Response.StatusCode = good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(body, context.RequestAborted);
    }
}
