using Google.Protobuf;
using Loyalty.Customers.V1;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Interop;

/// <summary>What the root README tells people to copy, works.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_CSharp_is_what_compiles_here()
    {
        var compiled = Lines(File.ReadAllText(Path.Combine(Repository.Root, "tests/Loyalty.Mesh.Tests/Interop/ReadmeExample.cs")));

        compiled.ShouldContain(Lines(Readme.Block("csharp")));
        typeof(ReadmeExample).GetMethod(nameof(ReadmeExample.RunAsync)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_grpcurl_line_registers_somebody()
    {
        Readme.GrpcurlMethod().ShouldBe($"{CustomerService.Descriptor.FullName}/RegisterCustomer");
        var request = JsonParser.Default.Parse<RegisterCustomerRequest>(Readme.GrpcurlJson()); // an unknown field or value throws
        await using var mesh = await MeshDeployment.StartAsync();

        var customer = (await mesh.Clients.Customers.RegisterCustomerAsync(request, deadline: DateTime.UtcNow.AddSeconds(20))).Customer;

        customer.DisplayName.ShouldBe("Ada");
    }

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()));
}
