using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Interactions;

/// <summary>What may be configured about interactions; the environment overrides the defaults.</summary>
internal sealed record InteractionOptions
{
    /// <summary><c>Interaction__CustomerDeadline</c>: how long a question to customer may take. Default 2 s, 100 ms to 30 s.</summary>
    public TimeSpan CustomerDeadline { get; init; }

    /// <summary>Reads and checks the settings; a wrong one stops the start and is named in full.</summary>
    public static InteractionOptions Read(IConfiguration configuration)
    {
        var settings = new SettingReader(configuration);
        var options = new InteractionOptions
        {
            CustomerDeadline = settings.Span(
                "Interaction:CustomerDeadline", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30)),
        };
        settings.ThrowIfAny();
        return options;
    }
}
