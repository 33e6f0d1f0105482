using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Customers;

/// <summary>What may be configured about people; the environment overrides the defaults.</summary>
internal sealed record CustomerOptions
{
    /// <summary><c>Customer__CardsCarryLuhn</c>: true refuses card numbers whose last digit is not the Luhn check digit. Default false.</summary>
    public bool CardsCarryLuhn { get; init; }

    /// <summary>Reads and checks the settings; a wrong one stops the start and is named in full.</summary>
    public static CustomerOptions Read(IConfiguration configuration)
    {
        var settings = new SettingReader(configuration);
        var options = new CustomerOptions { CardsCarryLuhn = settings.Flag("Customer:CardsCarryLuhn", fallback: false) };
        settings.ThrowIfAny();
        return options;
    }
}
