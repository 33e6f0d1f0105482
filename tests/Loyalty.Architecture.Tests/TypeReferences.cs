using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace Loyalty.Architecture.Tests;

/// <summary>Which types a type mentions: in its base, interfaces, members, attributes and in the IL of its methods, nested types included.</summary>
internal static class TypeReferences
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, IReadOnlySet<Type>> Known = new();

    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoByte = new OpCode[256];

    static TypeReferences()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var opcode = (OpCode)field.GetValue(null)!; // every public static field of OpCodes is an OpCode
            var value = unchecked((ushort)opcode.Value);
            if (value < 0x100)
                OneByte[value] = opcode;
            else if ((value & 0xff00) == 0xfe00)
                TwoByte[value & 0xff] = opcode;
        }
    }

    /// <summary>The outermost types that <paramref name="type"/> or one of its nested types mentions.</summary>
    public static IReadOnlySet<Type> Of(Type type) => Known.GetOrAdd(type, Collect);

    private static HashSet<Type> Collect(Type type)
    {
        var found = new HashSet<Type>();
        CollectInto(type, found);
        found.Remove(type);
        return found;
    }

    private static void CollectInto(Type type, HashSet<Type> found)
    {
        Add(type.BaseType, found);
        foreach (var implemented in type.GetInterfaces())
            Add(implemented, found);
        foreach (var attribute in type.GetCustomAttributesData())
            Add(attribute.AttributeType, found);
        foreach (var field in type.GetFields(Everything))
            Add(field.FieldType, found);
        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            foreach (var parameter in method.GetParameters())
                Add(parameter.ParameterType, found);
            Add((method as MethodInfo)?.ReturnType, found);
            if (method.GetMethodBody() is { } body)
            {
                foreach (var local in body.LocalVariables)
                    Add(local.LocalType, found);
                CollectFromIl(method, body.GetILAsByteArray() ?? [], found);
            }
        }

        foreach (var nested in type.GetNestedTypes(Everything))
            CollectInto(nested, found);
    }

    private static void CollectFromIl(MethodBase method, byte[] il, HashSet<Type> found)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var opcode = il[at] == 0xfe ? TwoByte[il[at + 1]] : OneByte[il[at]];
            at += opcode.Size;
            switch (opcode.OperandType)
            {
                case OperandType.InlineType or OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok:
                    AddMember(method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments), found);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(il, at));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private static void AddMember(MemberInfo? member, HashSet<Type> found)
    {
        switch (member)
        {
            case Type type:
                Add(type, found);
                break;
            case FieldInfo field:
                Add(field.DeclaringType, found);
                Add(field.FieldType, found);
                break;
            case MethodBase called:
                Add(called.DeclaringType, found);
                Add((called as MethodInfo)?.ReturnType, found);
                if (called.IsGenericMethod)
                {
                    foreach (var argument in called.GetGenericArguments())
                        Add(argument, found);
                }

                break;
        }
    }

    private static void Add(Type? type, HashSet<Type> found)
    {
        if (type is null || type.IsGenericParameter)
            return;
        if (type.HasElementType)
        {
            Add(type.GetElementType(), found);
            return;
        }

        if (type.IsGenericType)
        {
            foreach (var argument in type.GetGenericArguments())
                Add(argument, found);
            type = type.GetGenericTypeDefinition();
        }

        if (IsServiceClient(type))
            found.Add(type); // a nested type of its service that must stay visible: it is an arrow of the call table
        while (type.DeclaringType is { } outer)
            type = outer;
        found.Add(type);
    }

    /// <summary>True for a generated gRPC client.</summary>
    public static bool IsServiceClient(Type type) =>
        type is { IsNested: true, BaseType: { IsGenericType: true } parent }
        && string.Equals(parent.GetGenericTypeDefinition().FullName, "Grpc.Core.ClientBase`1", StringComparison.Ordinal);
}
