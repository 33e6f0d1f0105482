using Grpc.Net.Client;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

/// <summary>A running host with the echo module, on free ports and SQLite, without auth unless a test turns it on.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private readonly TempFolder folder;
    private readonly List<GrpcChannel> channels = [];

    private EchoHost(TempFolder folder, WebApplication app) => (this.folder, App) = (folder, app);

    public WebApplication App { get; }

    public Uri Grpc => App.Services.GetRequiredService<ListenAddresses>().Grpc;

    public Uri Http => App.Services.GetRequiredService<ListenAddresses>().Http;

    public EchoService.EchoServiceClient Client => new(Channel());

    /// <summary>The typed client that the host itself holds.</summary>
    public EchoService.EchoServiceClient TypedClient => App.Services.GetRequiredService<EchoService.EchoServiceClient>();

    public static async Task<EchoHost> StartAsync(
        EchoScript? script = null, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, ServiceModule? module = null)
    {
        var data = new TempFolder("host");
        var host = new EchoHost(data, LoyaltyHost.Build([], Settings(data, settings, services), module ?? new EchoModule(script)));
        await host.App.StartAsync();
        return host;
    }

    public static LoyaltyHostSettings Settings(TempFolder folder, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var overrides = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Listen:Grpc"] = "http://127.0.0.1:0",
            ["Listen:Http"] = "http://127.0.0.1:0",
            ["Data:Folder"] = folder.FullPath,
            ["Auth:Mode"] = "none",
            ["Logging:Format"] = "plain",
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:Microsoft"] = "None",
        };
        foreach (var (key, value) in settings ?? [])
            overrides[key] = value;
        return new LoyaltyHostSettings { ReadEnvironment = false, Overrides = overrides, Services = services, Announce = false };
    }

    public GrpcChannel Channel(GrpcChannelOptions? options = null)
    {
        var channel = GrpcChannel.ForAddress(Grpc, options ?? new GrpcChannelOptions());
        channels.Add(channel);
        return channel;
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        await App.DisposeAsync();
        folder.Dispose();
    }
}
