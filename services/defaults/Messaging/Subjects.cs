using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>The people an event is about: by convention its field <c>customer_id</c>, and that of each of its <c>entries</c>.</summary>
internal static class Subjects
{
    public static HashSet<Guid> Of(IMessage message)
    {
        var people = new HashSet<Guid>();
        Add(message, people);
        if (message.Descriptor.FindFieldByName("entries") is { IsRepeated: true, FieldType: FieldType.Message } entries)
        {
            foreach (IMessage entry in (System.Collections.IList)entries.Accessor.GetValue(message))
                Add(entry, people);
        }

        return people;
    }

    private static void Add(IMessage message, HashSet<Guid> people)
    {
        if (message.Descriptor.FindFieldByName("customer_id") is { IsRepeated: false, FieldType: FieldType.String } field
            && Guid.TryParse((string)field.Accessor.GetValue(message), out var id))
            people.Add(id);
    }
}
