using Loyalty.Communications;
using Loyalty.Customers;
using Loyalty.Interactions;
using Loyalty.Recognitions;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Loyalty.Mesh;

/// <summary>All four services in one process.</summary>
internal static class MeshHost
{
    public static ServiceModule[] Modules() => [new CustomersModule(), new InteractionsModule(), new RecognitionsModule(), new CommunicationsModule()];

    /// <summary>The folder that was asked for, or the user's own.</summary>
    public static string DataFolder(string? asked) => Path.GetFullPath(
        asked
        ?? Environment.GetEnvironmentVariable("Data__Folder")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "loyalty"));

    /// <summary>What holds in the mesh where the environment says nothing.</summary>
    public static LoyaltyHostSettings Settings(string dataFolder) => new()
    {
        Name = "mesh",
        Defaults = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Data:Folder"] = dataFolder,
            ["Auth:Mode"] = "none",
            ["Reflection:Enabled"] = "true",
            ["Schema:Apply"] = "true",
            ["Logging:Format"] = "plain",
            ["Maildir:Folder"] = Path.Combine(dataFolder, "mail"),
        },
    };

    public static async Task<int> ServeAsync(string? asked, CancellationToken cancellationToken)
    {
        var folder = DataFolder(asked);
        try
        {
            await using var app = LoyaltyHost.Build([], Settings(folder), Modules());
            await app.StartAsync(cancellationToken);
            var authority = app.Services.GetRequiredService<ListenAddresses>().Grpc.Authority;
            Console.WriteLine($$"""
                data: {{folder}}
                mail: {{(app.Configuration["Smtp:Host"] is { Length: > 0 } host ? host : Path.Combine(folder, "mail", "new"))}}
                try:  grpcurl -plaintext {{authority}} list
                      grpcurl -plaintext -d '{"request_id":"r-1","display_name":"Ada","country":"PL"}' {{authority}} loyalty.customer.v1.CustomerService/RegisterCustomer
                      dotnet run --project services/mesh -- demo
                """);
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (SettingFault fault)
        {
            await Console.Error.WriteLineAsync($"Settings are wrong:{Environment.NewLine}{fault.Message}");
            return 2;
        }
    }
}
