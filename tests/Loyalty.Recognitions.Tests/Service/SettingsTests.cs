using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.Recognitions.Tests.Service;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("-00:00:01")]
    [InlineData("366.00:00:00")]
    [InlineData("a month")]
    public async Task A_wrong_cooldown_stops_the_start_and_is_named_in_full(string cooldown)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Recognition:ThanksCooldown"] = cooldown };
        var fault = await Should.ThrowAsync<Exception>(ServiceFixture.StartAsync(
            Provider.Sqlite, settings, new RecognitionsModule(), new InteractionsByHandModule(), new GateByHandModule()));
        fault.Message.ShouldContain("Recognition__ThanksCooldown");
    }
}
