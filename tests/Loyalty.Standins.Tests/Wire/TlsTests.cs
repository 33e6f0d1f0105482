using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Loyalty.Standins.Tests.Wire;

public sealed class TlsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_goes_through_TLS_with_composed_credentials_in_their_order()
    {
        using var certificate = SelfSigned();
        await using var server = await EchoServer.StartAsync(certificate: certificate);
        var order = new List<string>();
        using var channel = server.Connect(new() { HttpHandler = Trusting(certificate) });
        var credentials = CallCredentials.Compose(Adding("authorization", "Bearer t", order), Adding("x-tenant", "north", order));

        var seen = await SeenAsync(channel, new CallOptions(credentials: credentials, cancellationToken: Cancel));

        seen["authorization"].ShouldBe("Bearer t");
        seen["x-tenant"].ShouldBe("north");
        order.ShouldBe(["authorization", "x-tenant"]);
    }

    [Fact]
    public async Task The_channels_credentials_go_with_every_call_beside_its_own()
    {
        using var certificate = SelfSigned();
        await using var server = await EchoServer.StartAsync(certificate: certificate);
        var order = new List<string>();
        using var channel = server.Connect(new()
        {
            HttpHandler = Trusting(certificate),
            Credentials = ChannelCredentials.Create(ChannelCredentials.SecureSsl, Adding("authorization", "Bearer t", order)),
        });

        var without = await SeenAsync(channel, new CallOptions(cancellationToken: Cancel));
        var with = await SeenAsync(channel, new CallOptions(credentials: Adding("x-call", "own", order), cancellationToken: Cancel));

        without["authorization"].ShouldBe("Bearer t");
        without.ShouldNotContainKey("x-call");
        with["authorization"].ShouldBe("Bearer t");
        with["x-call"].ShouldBe("own");
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        using var certificate = SelfSigned();
        await using var server = await EchoServer.StartAsync(certificate: certificate);
        using var channel = server.Connect();

        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new() { Text = "x" }, cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.Internal); // what Grpc.Net.Client makes of it: trying again would not help
        refusal.ToString().ShouldContain(nameof(AuthenticationException));
        server.Log.CallsOf("x").ShouldBe(0);
    }

    [Fact]
    public async Task Credentials_do_not_travel_in_the_open()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Connect();
        var order = new List<string>();

        var seen = await SeenAsync(channel, new CallOptions(credentials: Adding("authorization", "Bearer t", order), cancellationToken: Cancel));

        seen.ShouldNotContainKey("authorization");
        order.ShouldBeEmpty();
    }

    private static async Task<IDictionary<string, string>> SeenAsync(GrpcChannel channel, CallOptions options) =>
        (await new Echo.EchoClient(channel).SayAsync(new() { Text = "x" }, options)).Metadata;

    private static CallCredentials Adding(string key, string value, List<string> order) => CallCredentials.FromInterceptor((context, metadata) =>
    {
        context.MethodName.ShouldBe("Say");
        context.ServiceUrl.ShouldEndWith("/loyalty.interop.v1.Echo");
        order.Add(key);
        metadata.Add(key, value);
        return Task.CompletedTask;
    });

    private static SocketsHttpHandler Trusting(X509Certificate2 certificate) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, offered, _, _) =>
                string.Equals(offered?.GetCertHashString(), certificate.GetCertHashString(), StringComparison.Ordinal),
        },
    };

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
