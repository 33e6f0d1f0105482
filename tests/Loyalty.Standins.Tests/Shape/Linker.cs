namespace Loyalty.Standins.Tests.Shape;

/// <summary>Does at rest what the runtime does when it binds one assembly to others, and says everything that would not bind.</summary>
internal static class Linker
{
    public static List<string> Unresolved(AssemblyShape referrer, params AssemblyShape[] declaring)
    {
        var names = declaring.Select(assembly => assembly.Name).ToHashSet(StringComparer.Ordinal);
        var types = declaring
            .SelectMany(assembly => assembly.Types.Select(type => (type.Key, type.Value, IsFriend: assembly.Friends.Contains(referrer.Name, StringComparer.Ordinal))))
            .ToDictionary(type => type.Key, type => (Type: type.Value, type.IsFriend), StringComparer.Ordinal);

        var missing = new List<string>();
        missing.AddRange(referrer.WantedTypes(names).Where(type => !IsVisible(type)).Select(type => $"type {type}"));
        missing.AddRange(referrer.WantedMembers(names).Where(wanted => !Declares(wanted.Type, wanted.Member))
            .Select(wanted => $"member {wanted.Type}::{wanted.Member}"));
        missing.AddRange(referrer.WantedSlots(names).Where(wanted => !Declares(wanted.Type, wanted.Member) && !IsOfObject(wanted.Member))
            .Select(wanted => $"slot {wanted.Type}::{wanted.Member} for {wanted.By}"));
        return missing;

        bool IsVisible(string type) => types.TryGetValue(type, out var found) && (found.Type.IsPublic || found.IsFriend);

        bool Declares(string type, string member)
        {
            for (var name = type; name is not null && types.TryGetValue(name, out var found); name = found.Type.BaseType)
            {
                if (found.Type.Members.TryGetValue(member, out var access))
                    return access == Access.All || (access == Access.Friends && found.IsFriend);
            }

            return false;
        }
    }

    private static bool IsOfObject(string member) =>
        member is "ToString`0() : String" or "GetHashCode`0() : Int32" or "Equals`0(Object) : Boolean" or "Finalize`0() : Void";
}
