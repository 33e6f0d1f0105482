using System.Reflection;

namespace Loyalty.Architecture.Tests;

/// <summary>
/// What may import what inside a service: <c>Domain, Throttling ← Storage, Ledger, Delivery ← Features ← Api ← Module ← Program</c>.
/// A folder may use its own and every lower layer.
/// </summary>
internal static class ImportTable
{
    private static readonly Dictionary<string, int> Layers = new(StringComparer.Ordinal)
    {
        ["Domain"] = 0,
        ["Throttling"] = 0,
        ["Storage"] = 1,
        ["Ledger"] = 1,
        ["Delivery"] = 1,
        ["Templates"] = 1,
        ["Features"] = 2,
        ["Api"] = 3,
        ["Web"] = 3,
    };

    private const int Module = 4;

    /// <summary>The layer of a type by its namespace below <paramref name="root"/>; options beside the module are for all but the rules, the module and Program stand on top.</summary>
    public static int LayerOf(Type type, string root) =>
        FolderOf(type, root) is not { Length: > 0 } folder ? (type.Name.EndsWith("Options", StringComparison.Ordinal) ? 1 : Module)
            : Layers.TryGetValue(folder, out var layer) ? layer : throw new InvalidOperationException($"{type.FullName}: the folder {folder} has no layer in the import table");

    /// <summary>Every import that points upwards, as "A → B".</summary>
    public static IEnumerable<string> Violations(IEnumerable<Type> types, string root)
    {
        foreach (var type in types.Where(t => IsIn(t, root)))
        {
            foreach (var used in TypeReferences.Of(type).Where(u => u.Assembly == type.Assembly && IsIn(u, root)))
            {
                if (!IsModule(used) && LayerOf(used, root) > LayerOf(type, root))
                    yield return $"{type.FullName} → {used.FullName}";
            }
        }
    }

    /// <summary>Types that the rules in Domain and Throttling may not touch: anything but the base class library, NodaTime, refusals and themselves.</summary>
    public static IEnumerable<string> ImpureReferences(IEnumerable<Type> types, string root)
    {
        foreach (var type in types.Where(t => IsIn(t, root) && LayerOf(t, root) == 0))
        {
            foreach (var used in TypeReferences.Of(type).Where(u => u.Assembly != type.Assembly))
            {
                var name = used.Assembly.GetName().Name!; // a loaded assembly has a name
                var pure = name.StartsWith("System.", StringComparison.Ordinal) || name is "NodaTime" or "netstandard"
                    || string.Equals(used.Namespace, "Loyalty.ServiceDefaults.Refusals", StringComparison.Ordinal); // an illegal transition refuses
                if (!pure || name.StartsWith("System.Data", StringComparison.Ordinal) || name.StartsWith("System.Net.Http", StringComparison.Ordinal))
                    yield return $"{type.FullName} → {used.FullName} ({name})";
            }
        }
    }

    public static IEnumerable<Type> TypesOf(Assembly assembly) =>
        assembly.GetTypes().Where(type => !type.IsNested && type.Namespace?.StartsWith("Loyalty.", StringComparison.Ordinal) == true);

    /// <summary>A module names its database (<c>Database&lt;CustomersModule&gt;</c>) in every layer; that is no import.</summary>
    public static bool IsModule(Type type) => typeof(ServiceDefaults.Hosting.ServiceModule).IsAssignableFrom(type);

    private static bool IsIn(Type type, string root) =>
        type.Namespace is { } ns && (string.Equals(ns, root, StringComparison.Ordinal) || ns.StartsWith(root + ".", StringComparison.Ordinal));

    private static string FolderOf(Type type, string root) =>
        type.Namespace!.Length > root.Length ? type.Namespace[(root.Length + 1)..].Split('.')[0] : ""; // IsIn saw the namespace
}
