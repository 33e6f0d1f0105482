using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>The gRPC services of a host, and the scope that each RPC needs. An RPC without a row is a fault that stops the start.</summary>
public sealed class GrpcMap
{
    private readonly IEndpointRouteBuilder endpoints;
    private readonly List<ServiceDescriptor> services = [];

    internal GrpcMap(IEndpointRouteBuilder endpoints) => this.endpoints = endpoints;

    /// <summary>What was mapped, as health and reflection tell it.</summary>
    internal IReadOnlyList<ServiceDescriptor> Services => services;

    /// <summary>Maps a service whose every RPC has exactly one row: its name and the scope that it needs.</summary>
    /// <typeparam name="TService">Derives from the generated <c>...Base</c>.</typeparam>
    /// <exception cref="InvalidOperationException">An RPC lacks a row, has two, or a row names no RPC.</exception>
    public GrpcMap Service<TService>(params (string Method, string Scope)[] scopes)
        where TService : class
    {
        var descriptor = DescriptorOf(typeof(TService));
        var rows = Checked(descriptor, scopes);
        endpoints.MapGrpcService<TService>().Add(endpoint =>
        {
            if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { } method)
                endpoint.Metadata.Add(new RequiredScope(rows[method.Method.Name]));
        });
        services.Add(descriptor);
        return this;
    }

    /// <summary>Maps a service that needs no token: health and reflection.</summary>
    internal void Open<TService>()
        where TService : class
    {
        endpoints.MapGrpcService<TService>().Add(endpoint => endpoint.Metadata.Add(RequiredScope.None));
        services.Add(DescriptorOf(typeof(TService)));
    }

    private static Dictionary<string, string> Checked(ServiceDescriptor service, (string Method, string Scope)[] scopes)
    {
        var faults = new List<string>();
        var rows = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (method, scope) in scopes)
        {
            if (service.FindMethodByName(method) is null)
                faults.Add($"{method} is no RPC of it");
            else if (string.IsNullOrWhiteSpace(scope))
                faults.Add($"{method} names no scope");
            else if (!rows.TryAdd(method, scope))
                faults.Add($"{method} has two rows");
        }

        faults.AddRange(service.Methods.Where(method => !rows.ContainsKey(method.Name)).Select(method => $"{method.Name} has no row"));
        return faults.Count == 0 ? rows : throw new InvalidOperationException($"The scopes of {service.FullName} are wrong: {string.Join(", ", faults)}.");
    }

    private static ServiceDescriptor DescriptorOf(Type service)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } bind)
                return (ServiceDescriptor)bind.BindType.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!; // every generated service has it
        }

        throw new InvalidOperationException($"{service} does not derive from a generated service base.");
    }
}

/// <summary>The scope that an endpoint needs, as metadata of the endpoint.</summary>
internal sealed record RequiredScope(string? Scope)
{
    public static RequiredScope None { get; } = new((string?)null);
}
