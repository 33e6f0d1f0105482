using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Refusals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Clients;

/// <summary>One channel per called service, opened at the first call.</summary>
internal sealed class ServiceChannels(ClientSettings settings, ListenAddresses own, TokenSource tokens, ILoggerFactory loggers) : IDisposable
{
    private static readonly Uri Here = new("http://localhost");
    private static readonly TimeSpan ResolveEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Lazy<GrpcChannel>> channels = new(StringComparer.Ordinal);
    private readonly ServiceProvider resolvers = new ServiceCollection().AddSingleton<ResolverFactory>(new DnsResolverFactory(ResolveEvery)).BuildServiceProvider();

    /// <summary>What a typed client calls through: deadlines required, refusals understood.</summary>
    public CallInvoker InvokerOf(string service) => new LateInvoker(() => ChannelOf(service).Intercept(new RefusalClientInterceptor(service)));

    public GrpcChannel ChannelOf(string service) => channels.GetOrAdd(service, name => new Lazy<GrpcChannel>(() => settings.AddressOf(name) is { } address ? Open(address, Handler()) : Open(Here, OwnHandler()))).Value;

    public void Dispose()
    {
        foreach (var channel in channels.Values)
        {
            if (channel.IsValueCreated)
                channel.Value.Dispose();
        }

        resolvers.Dispose();
    }

    private GrpcChannel Open(Uri address, HttpMessageHandler handler)
    {
        var balanced = string.Equals(address.Scheme, "dns", StringComparison.Ordinal);
        var options = new GrpcChannelOptions
        {
            HttpHandler = new OwnTokenHandler(tokens, handler),
            DisposeHttpClient = true,
            LoggerFactory = loggers,
            MaxReceiveMessageSize = settings.MaxMessageBytes,
            MaxSendMessageSize = settings.MaxMessageBytes,
            ServiceProvider = resolvers,
            Credentials = settings.Secure || string.Equals(address.Scheme, "https", StringComparison.Ordinal) ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure,
        };
        if (balanced)
            options.ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } };
        return GrpcChannel.ForAddress(address, options);
    }

    /// <summary>
    /// To this host itself, whose port may not be known yet: an event that waited for the mesh is handled while the mesh still starts.
    /// The connection waits, for as long as the call's deadline allows, instead of failing.
    /// </summary>
    private SocketsHttpHandler OwnHandler()
    {
        var handler = Handler();
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            var here = await own.GrpcOnceStarted.WaitAsync(cancellationToken);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(here, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        return handler;
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(3),
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
        };
        if (settings.Authority is { } authority)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) => Trusted(certificate, errors, authority);
        if (settings.Certificate is { } own)
            handler.SslOptions.ClientCertificates = [own];
        return handler;
    }

    private static bool Trusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection authority)
    {
        if (certificate is not X509Certificate2 shown || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(shown);
    }

    private sealed class LateInvoker(Func<CallInvoker> open) : CallInvoker
    {
        private readonly Lazy<CallInvoker> inner = new(open, LazyThreadSafetyMode.PublicationOnly);

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            inner.Value.BlockingUnaryCall(method, host, options, request);

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            inner.Value.AsyncUnaryCall(method, host, options, request);

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            inner.Value.AsyncServerStreamingCall(method, host, options, request);

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            inner.Value.AsyncClientStreamingCall(method, host, options);

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            inner.Value.AsyncDuplexStreamingCall(method, host, options);
    }
}
