using Google.Protobuf.Reflection;

namespace Loyalty.Protos.Tests;

/// <summary>The contracts as lines of text, one per fact that a client relies on, so that a difference can be read and reviewed.</summary>
internal static class ContractSnapshot
{
    public static readonly FileDescriptor[] Files =
    [
        Customers.V1.CustomerReflection.Descriptor, Customers.V1.CustomerServiceReflection.Descriptor, Customers.V1.CustomerEventsReflection.Descriptor,
        Interactions.V1.InteractionReflection.Descriptor, Interactions.V1.InteractionServiceReflection.Descriptor, Interactions.V1.InteractionEventsReflection.Descriptor,
        Recognitions.V1.RecognitionReflection.Descriptor, Recognitions.V1.RecognitionServiceReflection.Descriptor, Recognitions.V1.RecognitionEventsReflection.Descriptor,
        Communications.V1.CommunicationReflection.Descriptor, Communications.V1.CommunicationServiceReflection.Descriptor,
        Communications.V1.CommunicationEventsReflection.Descriptor,
    ];

    public static IEnumerable<MessageDescriptor> Messages => Files.SelectMany(file => file.MessageTypes).SelectMany(WithNested);

    public static IReadOnlyList<string> Lines()
    {
        var lines = new List<string>();
        foreach (var message in Messages)
            lines.AddRange(message.Fields.InFieldNumberOrder().Select(field => $"message {message.FullName} {field.FieldNumber} {field.Name} {TypeOf(field)}"));
        foreach (var type in Files.SelectMany(file => file.EnumTypes).Concat(Messages.SelectMany(message => message.EnumTypes)))
            lines.AddRange(type.Values.Select(value => $"enum {type.FullName} {value.Number} {value.Name}"));
        foreach (var service in Files.SelectMany(file => file.Services))
        {
            lines.AddRange(service.Methods.Select(method =>
                $"rpc {method.FullName} {Stream(method.IsClientStreaming)}{method.InputType.FullName} {Stream(method.IsServerStreaming)}{method.OutputType.FullName}"));
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>What would break a client: lines that were promised and are gone.</summary>
    public static IReadOnlyList<string> Broken(IEnumerable<string> promised, IEnumerable<string> now) => [.. promised.Except(now, StringComparer.Ordinal)];

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.Where(nested => !nested.GetOptions().MapEntry()).SelectMany(WithNested).Prepend(message);

    private static bool MapEntry(this MessageOptions? options) => options?.MapEntry ?? false;

    private static string TypeOf(FieldDescriptor field)
    {
        var type = field.FieldType switch
        {
            FieldType.Message when field.IsMap => $"map<{TypeOf(field.MessageType.FindFieldByNumber(1))},{TypeOf(field.MessageType.FindFieldByNumber(2))}>",
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => field.FieldType.ToString().ToUpperInvariant(),
        };
        var oneof = field.RealContainingOneof is { } group ? $" oneof {group.Name}" : "";
        return (field is { IsRepeated: true, IsMap: false } ? $"repeated {type}" : type) + oneof;
    }

    private static string Stream(bool streaming) => streaming ? "stream " : "";
}
