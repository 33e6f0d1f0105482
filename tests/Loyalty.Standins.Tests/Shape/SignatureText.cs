using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Loyalty.Standins.Tests.Shape;

/// <summary>
/// Writes types and signatures so that a reference and the declaration that it means give the same text: names, arity, parameters, return type,
/// static or not, class or value type, custom modifiers. Only the gRPC assemblies are named: the base class library moves its types about.
/// </summary>
internal sealed class SignatureText(MetadataReader reader) : ISignatureTypeProvider<string, object?>
{
    public string Of(TypeDefinitionHandle handle) => GetTypeFromDefinition(reader, handle, 0);

    public string Of(TypeReferenceHandle handle) => GetTypeFromReference(reader, handle, 0);

    public string Of(MemberReference member) => member.GetKind() == MemberReferenceKind.Field
        ? $"{reader.GetString(member.Name)} : {member.DecodeFieldSignature(this, null)}"
        : Of(reader.GetString(member.Name), member.DecodeMethodSignature(this, null));

    public string Of(MethodDefinition definition, bool method) =>
        method ? Of(reader.GetString(definition.Name), definition.DecodeSignature(this, null)) : reader.GetString(definition.Name);

    public string Of(FieldDefinition field) => $"{reader.GetString(field.Name)} : {field.DecodeSignature(this, null)}";

    /// <summary>The type itself, without type arguments.</summary>
    public string GenericDefinition(EntityHandle type) => type.Kind switch
    {
        HandleKind.TypeReference => Of((TypeReferenceHandle)type),
        HandleKind.TypeDefinition => Of((TypeDefinitionHandle)type),
        _ => reader.GetTypeSpecification((TypeSpecificationHandle)type).DecodeSignature(this, null).Split('<')[0].Replace("struct ", "", StringComparison.Ordinal),
    };

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = type.GetDeclaringType() is { IsNil: false } outer
            ? $"{GetTypeFromDefinition(reader, outer, 0)}/{reader.GetString(type.Name)}"
            : $"{Of(reader.GetString(reader.GetAssemblyDefinition().Name))}{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
        return Kind(rawTypeKind) + name;
    }

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        var name = type.ResolutionScope.Kind switch
        {
            HandleKind.TypeReference => $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}/{reader.GetString(type.Name)}",
            HandleKind.AssemblyReference => Of(reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name))
                + $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}",
            _ => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}",
        };
        return Kind(rawTypeKind) + name;
    }

    public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

    public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

    public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => $"{unmodifiedType} mod{(isRequired ? "req" : "opt")}({modifier})";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetSZArrayType(string elementType) => $"{elementType}[]";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{shape.Rank}]";

    public string GetByReferenceType(string elementType) => $"{elementType}&";

    public string GetPointerType(string elementType) => $"{elementType}*";

    public string GetPinnedType(string elementType) => elementType;

    public string GetFunctionPointerType(MethodSignature<string> signature) => Of("fnptr", signature);

    private static string Of(string name, MethodSignature<string> signature) =>
        $"{(signature.Header.IsInstance ? "" : "static ")}{name}`{signature.GenericParameterCount}({string.Join(", ", signature.ParameterTypes)}) : {signature.ReturnType}";

    private static string Of(string assembly) => assembly.StartsWith("Grpc.", StringComparison.Ordinal) ? $"[{assembly}]" : "";

    private static string Kind(byte rawTypeKind) => rawTypeKind == 0x11 ? "struct " : "";
}
