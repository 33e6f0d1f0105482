using System.Reflection;

namespace Loyalty.Architecture.Tests;

/// <summary>Who may call whom over gRPC. A handler reached by such a call never calls back.</summary>
internal static class CallTable
{
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Loyalty.Customers"] = ["Loyalty.Communications"],
        ["Loyalty.Interactions"] = ["Loyalty.Customers", "Loyalty.Communications"],
        ["Loyalty.Recognitions"] = ["Loyalty.Customers", "Loyalty.Communications"],
        ["Loyalty.Communications"] = ["Loyalty.Customers"],
    };

    /// <summary>The services (as namespace roots) whose clients <paramref name="types"/> mention.</summary>
    public static IEnumerable<(Type Caller, string Callee)> Calls(IEnumerable<Type> types) =>
        from type in types
        from used in TypeReferences.Of(type)
        where TypeReferences.IsServiceClient(used)
        let callee = ServiceOf(used)
        where callee is not null
        select (type, callee);

    /// <summary>Calls from a service that the table does not allow.</summary>
    public static IEnumerable<string> Violations(string service, IEnumerable<Type> types) =>
        from call in Calls(types)
        where !Arrows[service].Contains(call.Callee, StringComparer.Ordinal)
        select $"{call.Caller.FullName} calls {call.Callee}";

    /// <summary>Calls back to a possible caller that can be reached from a service's gRPC classes.</summary>
    public static IEnumerable<string> CallsBack(string service, IReadOnlyCollection<Type> types)
    {
        var callers = Arrows.Where(arrow => arrow.Value.Contains(service, StringComparer.Ordinal)).Select(arrow => arrow.Key).ToHashSet(StringComparer.Ordinal);
        return from call in Calls(ReachableFromApi(types))
               where callers.Contains(call.Callee)
               select $"{call.Caller.FullName}, reached from Api, calls back {call.Callee}";
    }

    /// <summary>The gRPC classes and every type of the same assembly that they lead to.</summary>
    private static HashSet<Type> ReachableFromApi(IReadOnlyCollection<Type> types)
    {
        var reached = types.Where(type => type.Namespace!.EndsWith(".Api", StringComparison.Ordinal)).ToHashSet(); // TypesOf saw the namespace
        var open = new Queue<Type>(reached);
        while (open.TryDequeue(out var type))
        {
            foreach (var used in TypeReferences.Of(type).Where(used => types.Contains(used) && !ImportTable.IsModule(used)))
            {
                if (reached.Add(used))
                    open.Enqueue(used);
            }
        }

        return reached;
    }

    private static string? ServiceOf(Type client) =>
        client.Namespace is { } ns && ns.StartsWith("Loyalty.", StringComparison.Ordinal) && ns.EndsWith(".V1", StringComparison.Ordinal) ? ns[..^3] : null;
}
