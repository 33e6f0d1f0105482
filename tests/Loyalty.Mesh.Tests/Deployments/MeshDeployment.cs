using Loyalty.Mesh.Stories;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Deployments;

/// <summary>The mesh as people run it: one process, SQLite, in-memory bus, no Redis.</summary>
internal sealed class MeshDeployment : Deployment
{
    private MeshDeployment()
        : base("mesh")
    {
    }

    public static async Task<MeshDeployment> StartAsync()
    {
        var deployment = new MeshDeployment();
        var port = Ports.Free();
        var environment = deployment.Environment(port);
        environment["Data__Folder"] = deployment.Folder["data"];
        await deployment.RunAsync("mesh", "services/mesh", environment);
        deployment.Clients = new LoyaltyClients(deployment.Channel(port));
        return deployment;
    }
}
