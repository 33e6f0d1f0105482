using System.Data.Common;
using Loyalty.Mesh.Stories;
using Loyalty.TestKit;
using Microsoft.Data.Sqlite;

namespace Loyalty.Mesh.Tests.Deployments;

/// <summary>The mesh as people run it: one process, SQLite, in-memory bus, no Redis.</summary>
internal sealed class MeshDeployment : Deployment
{
    private MeshDeployment()
        : base("mesh")
    {
    }

    /// <summary>Host and port of gRPC.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>Where its SQLite files are.</summary>
    public string DataFolder => Folder["data"];

    public override DbConnection ConnectToCommunication() => new SqliteConnection($"Data Source={Folder["data/communication.db"]};Pooling=false");

    public static async Task<MeshDeployment> StartAsync(params (string Key, string? Value)[] settings)
    {
        var deployment = new MeshDeployment();
        var port = Ports.Free();
        deployment.Authority = $"127.0.0.1:{port}";
        var environment = deployment.Environment(port);
        environment["Data__Folder"] = deployment.DataFolder;
        foreach (var (key, value) in settings)
            environment[key] = value;
        await deployment.RunAsync("mesh", "services/mesh", environment);
        deployment.Clients = new LoyaltyClients(deployment.Channel(port));
        return deployment;
    }
}
