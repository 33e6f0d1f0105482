using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>Whether the host applies its schema scripts itself before it serves; in Kubernetes an init container runs <c>schema</c> instead.</summary>
internal sealed class SchemaOptions(IConfiguration configuration, SettingReader reader, IReadOnlyList<ServiceModule> modules)
{
    public bool Apply { get; } = reader.Flag("Schema:Apply", modules.Count > 1 || modules.All(module => IsFile(configuration.GetConnectionString(module.Name))));

    private static bool IsFile(string? connection) => string.IsNullOrEmpty(connection) || connection.Contains("Data Source=", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Applies the schema before anything else of the host starts.</summary>
internal sealed class SchemaAtStart(SchemaOptions options, IServiceProvider services) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => options.Apply ? SchemaRunner.ApplyAsync(services, cancellationToken) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
