using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Loyalty.Standins.Tests.Shape;

/// <summary>An assembly made up for one test: it wants one member of Grpc.Core.Api that may or may not be there.</summary>
internal static class Forgery
{
    public static AssemblyShape Wanting(
        string type, string member, Action<MethodSignatureEncoder> signature, string by = "Forged")
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
        metadata.AddMemberReference(parent, metadata.GetOrAddString(member), metadata.GetOrAddBlob(blob));

        var file = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(file);
        return new AssemblyShape(new PEReader(file.ToImmutableArray()));
    }
}
