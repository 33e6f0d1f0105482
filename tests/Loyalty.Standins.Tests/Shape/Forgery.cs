using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Loyalty.Standins.Tests.Shape;

/// <summary>An assembly made up for one test: it wants one member of Grpc.Core.Api that may or may not be there.</summary>
internal static class Forgery
{
    /// <summary>Refers to a member of a type.</summary>
    public static AssemblyShape Wanting(string type, string member, Action<MethodSignatureEncoder> signature, string by = "Forged") =>
        Forge(type, by, signature, (metadata, parent, blob) =>
            metadata.AddMemberReference(parent, metadata.GetOrAddString(member), blob));

    /// <summary>Derives from a type and overrides a member of it.</summary>
    public static AssemblyShape Overriding(string type, string member, Action<MethodSignatureEncoder> signature) =>
        Forge(type, "Forged", signature, (metadata, parent, blob) =>
        {
            metadata.AddTypeDefinition(
                TypeAttributes.Abstract, default, metadata.GetOrAddString("Heir"), parent,
                MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
            metadata.AddMethodDefinition(
                MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Abstract, default, metadata.GetOrAddString(member), blob, -1, default);
        });

    private static AssemblyShape Forge(
        string type, string by, Action<MethodSignatureEncoder> signature, Action<MetadataBuilder, TypeReferenceHandle, BlobHandle> add)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString("forged.dll"), metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        metadata.AddAssembly(metadata.GetOrAddString(by), new Version(1, 0), default, default, (AssemblyFlags)0, AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(default, default, metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        var api = metadata.AddAssemblyReference(metadata.GetOrAddString("Grpc.Core.Api"), new Version(2, 0, 0, 0), default, default, default, default);
        var dot = type.LastIndexOf('.');
        var parent = metadata.AddTypeReference(api, metadata.GetOrAddString(type[..dot]), metadata.GetOrAddString(type[(dot + 1)..]));
        var blob = new BlobBuilder();
        signature(new BlobEncoder(blob).MethodSignature(isInstanceMethod: true));
        add(metadata, parent, metadata.GetOrAddBlob(blob));

        var file = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(file);
        return new AssemblyShape(new PEReader(file.ToImmutableArray()));
    }
}
