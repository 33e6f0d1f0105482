using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Recognitions;

/// <summary>What may be configured about recognitions; the environment overrides the defaults.</summary>
internal sealed record RecognitionOptions
{
    /// <summary><c>Recognition__ThanksCooldown</c>: nobody is thanked twice within it. Default 30 days, 0 to 365 days.</summary>
    public TimeSpan ThanksCooldown { get; init; }

    /// <summary><c>Recognition__CommunicationDeadline</c>: how long handing over a mailing may take. Default 5 s, 100 ms to 30 s.</summary>
    public TimeSpan CommunicationDeadline { get; init; }

    /// <summary>Reads and checks the settings; a wrong one stops the start and is named in full.</summary>
    public static RecognitionOptions Read(IConfiguration configuration)
    {
        var settings = new SettingReader(configuration);
        var options = new RecognitionOptions
        {
            ThanksCooldown = settings.Span("Recognition:ThanksCooldown", TimeSpan.FromDays(30), TimeSpan.Zero, TimeSpan.FromDays(365)),
            CommunicationDeadline = settings.Span(
                "Recognition:CommunicationDeadline", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30)),
        };
        settings.ThrowIfAny();
        return options;
    }
}
