using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>
/// Asks a connection to end (GOAWAY) when it is old: calls that run on it finish, the next ones go to a new connection, perhaps to a new replica.
/// Kestrel has no such limit of its own. Ages are spread by a tenth each way, so that callers do not all come back at once.
/// </summary>
internal static class ConnectionAge
{
    public static void UseMaxConnectionAge(this ListenOptions listener, TimeSpan maxAge) => listener.Use(next => async connection =>
    {
        if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } lifetime)
        {
            await next(connection);
            return;
        }

        var age = maxAge * (0.9 + (0.2 * Random.Shared.NextDouble()));
        await using var old = new Timer(static ending => ((IConnectionLifetimeNotificationFeature)ending!).RequestClose(), lifetime, age, Timeout.InfiniteTimeSpan); // the state is the line's own argument
        await next(connection);
    });
}
