using Grpc.Core;

namespace Loyalty.ServiceDefaults.Auth;

/// <summary>Who calls, and what they may do.</summary>
public sealed class Caller
{
    private readonly HashSet<string>? scopes;

    private Caller(string subject, HashSet<string>? scopes)
    {
        Subject = subject;
        this.scopes = scopes;
    }

    /// <summary>Everybody, where auth is off: every scope.</summary>
    public static Caller Anonymous { get; } = new("anonymous", scopes: null);

    /// <summary>The token's subject: at most 200 characters, never empty.</summary>
    public string Subject { get; }

    /// <summary>Whether the caller's token carries the scope.</summary>
    public bool Has(string scope) => scopes is null || scopes.Contains(scope);

    /// <summary>The caller of a running call; the host has put it there before the handler runs.</summary>
    public static Caller Of(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<Caller>() ?? throw new InvalidOperationException($"{context.Method} is mapped without a scope, so nobody asked who calls.");

    internal static Caller Known(string subject, IEnumerable<string> scopes) => new(subject, new HashSet<string>(scopes, StringComparer.Ordinal));
}
