using System.Globalization;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary><c>failed list</c> and <c>failed replay</c>, over the databases of every module of the host.</summary>
internal static class FailedVerb
{
    public static async Task ListAsync(Databases databases, TextWriter output, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var (module, database) in databases.All)
        {
            List<FailedEvent> page;
            var after = Guid.Empty;
            do
            {
                page = await FailedEvents.ListAsync(database, after, cancellationToken);
                foreach (var failed in page)
                {
                    var at = failed.FailedAt.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
                    await output.WriteLineAsync($"{failed.Id} {module.Name} {failed.Consumer} {failed.Type} from {failed.Source}, {failed.Attempts} tries, given up {at}: {failed.Reason}");
                    after = failed.Id;
                }

                count += page.Count;
            }
            while (page.Count > 0);
        }

        await output.WriteLineAsync(count == 1 ? "1 failed event" : $"{count} failed events");
    }

    public static async Task ReplayAsync(Databases databases, Guid? id, TextWriter output, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var (_, database) in databases.All)
            count += await FailedEvents.ReplayAsync(database, id, cancellationToken);
        await output.WriteLineAsync(count == 1 ? "1 event will be tried again" : $"{count} events will be tried again");
    }
}
