using Loyalty.ServiceDefaults.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>What a service understands on its command line.</summary>
internal static class Verbs
{
    private const int Failure = 1;
    private const int WrongUse = 2;

    private const string Help = """
        Usage: [verb]
          (none)          serve until SIGTERM
          schema          apply the schema scripts and exit
          failed list     list events that could not be handled, and rest
          failed replay   hand them to their handlers again; --id ID for one
          --help          this page

        Settings come from the environment, such as Listen__Grpc=http://127.0.0.1:8080; the README names them all.
        """;

    public static async Task<int> RunAsync(string[] args, LoyaltyHostSettings settings, ServiceModule[] modules)
    {
        try
        {
            switch (args)
            {
                case []:
                    await using (var app = LoyaltyHost.Build(args, settings, modules))
                        await app.RunAsync();
                    return 0;
                case ["schema"]:
                    await using (var app = LoyaltyHost.Build(args, settings, modules))
                        await SchemaRunner.ApplyAsync(app.Services, CancellationToken.None);
                    return 0;
                case ["failed", "list"]:
                    await using (var app = LoyaltyHost.Build(args, settings, modules))
                        await FailedVerb.ListAsync(app.Services.GetRequiredService<Databases>(), Console.Out, CancellationToken.None);
                    return 0;
                case ["failed", "replay"]:
                    await using (var app = LoyaltyHost.Build(args, settings, modules))
                        await FailedVerb.ReplayAsync(app.Services.GetRequiredService<Databases>(), id: null, Console.Out, CancellationToken.None);
                    return 0;
                case ["failed", "replay", "--id", var text] when Guid.TryParse(text, out var id):
                    await using (var app = LoyaltyHost.Build(args, settings, modules))
                        await FailedVerb.ReplayAsync(app.Services.GetRequiredService<Databases>(), id, Console.Out, CancellationToken.None);
                    return 0;
                case ["--help" or "-h" or "help", ..]:
                    Console.WriteLine(Help);
                    return 0;
                default:
                    await Console.Error.WriteLineAsync($"Not understood: {string.Join(' ', args)}{Environment.NewLine}{Help}");
                    return WrongUse;
            }
        }
        catch (SettingFault fault)
        {
            await Console.Error.WriteLineAsync($"Settings are wrong:{Environment.NewLine}{fault.Message}");
            return WrongUse;
        }
        catch (Exception why)
        {
            await Console.Error.WriteLineAsync($"Failed: {why}");
            return Failure;
        }
    }
}
