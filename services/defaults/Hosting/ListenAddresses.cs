using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>Where this host listens; with port 0 in the settings the real ports are known once it has started.</summary>
public sealed class ListenAddresses
{
    private readonly bool secure;
    private readonly TaskCompletionSource<IPEndPoint> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ListenOptions? grpc;
    private ListenOptions? http;

    internal ListenAddresses(bool secure) => this.secure = secure;

    /// <summary>The gRPC address, as a caller on this machine would write it.</summary>
    public Uri Grpc => Shown(grpc, secure ? "https" : "http");

    /// <summary>The address of health, preference page and webhooks.</summary>
    public Uri Http => Shown(http, "http");

    /// <summary>The gRPC end point as soon as the host has started.</summary>
    internal Task<IPEndPoint> GrpcOnceStarted => started.Task;

    internal void Started() => started.TrySetResult(IPEndPoint.Parse(Grpc.Authority));

    internal void Listening(ListenOptions grpcListener, ListenOptions httpListener) => (grpc, http) = (grpcListener, httpListener);

    private static Uri Shown(ListenOptions? listener, string scheme)
    {
        if (listener?.IPEndPoint is not { Port: > 0 } bound)
            throw new InvalidOperationException("The host has not started yet, so its port is not known.");
        var address = bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : bound.Address;
        return new Uri($"{scheme}://{new IPEndPoint(address, bound.Port)}");
    }
}
