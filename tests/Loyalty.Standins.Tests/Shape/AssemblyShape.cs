using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Loyalty.Standins.Tests.Shape;

/// <summary>What one assembly declares and what it wants of others, read from its metadata without loading it.</summary>
internal sealed class AssemblyShape : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _reader;
    private readonly SignatureText _text;

    public AssemblyShape(string path) : this(new PEReader(File.OpenRead(path)))
    {
    }

    public AssemblyShape(PEReader file)
    {
        _file = file;
        _reader = file.GetMetadataReader();
        _text = new SignatureText(_reader);
        Name = _reader.GetString(_reader.GetAssemblyDefinition().Name);
        Types = ReadTypes();
    }

    public string Name { get; }

    /// <summary>Declared types by name.</summary>
    public IReadOnlyDictionary<string, DeclaredType> Types { get; }

    public Version Version => _reader.GetAssemblyDefinition().Version;

    public ImmutableArray<byte> PublicKey => [.. _reader.GetBlobBytes(_reader.GetAssemblyDefinition().PublicKey)];

    /// <summary>The assemblies that may see this one's internals.</summary>
    public IEnumerable<string> Friends => Attributes("InternalsVisibleToAttribute").Select(value => value.Split(',')[0]);

    public string TargetFramework => Attributes("TargetFrameworkAttribute").Single();

    public IEnumerable<(string Name, Version Version)> AssemblyReferences =>
        _reader.AssemblyReferences.Select(_reader.GetAssemblyReference).Select(a => (_reader.GetString(a.Name), a.Version));

    /// <summary>The types wanted of the named assemblies.</summary>
    public IEnumerable<string> WantedTypes(IReadOnlySet<string> assemblies) =>
        _reader.TypeReferences.Where(type => IsFrom(type, assemblies)).Select(_text.Of);

    /// <summary>The members wanted of the named assemblies.</summary>
    public IEnumerable<(string Type, string Member)> WantedMembers(IReadOnlySet<string> assemblies) =>
        from row in Enumerable.Range(1, _reader.GetTableRowCount(TableIndex.MemberRef))
        let member = _reader.GetMemberReference(MetadataTokens.MemberReferenceHandle(row))
        where IsFrom(member.Parent, assemblies)
        select (_text.GenericDefinition(member.Parent), _text.Of(member));

    /// <summary>The virtual methods that override without a reference, by way of deriving from a type of the named assemblies.</summary>
    public IEnumerable<(string Type, string Member, string By)> WantedSlots(IReadOnlySet<string> assemblies) =>
        from handle in _reader.TypeDefinitions
        let type = _reader.GetTypeDefinition(handle)
        where !type.BaseType.IsNil && IsFrom(type.BaseType, assemblies)
        from method in type.GetMethods().Select(_reader.GetMethodDefinition)
        where method.Attributes.HasFlag(MethodAttributes.Virtual) && !method.Attributes.HasFlag(MethodAttributes.NewSlot)
        select (_text.GenericDefinition(type.BaseType), _text.Of(method, method: true), _text.Of(handle));

    public void Dispose() => _file.Dispose();

    private Dictionary<string, DeclaredType> ReadTypes()
    {
        var types = new Dictionary<string, DeclaredType>(StringComparer.Ordinal);
        foreach (var handle in _reader.TypeDefinitions)
        {
            var type = _reader.GetTypeDefinition(handle);
            var members = new Dictionary<string, Access>(StringComparer.Ordinal);
            foreach (var method in type.GetMethods().Select(_reader.GetMethodDefinition))
                members.TryAdd(_text.Of(method, method: true), Of(method.Attributes));
            foreach (var field in type.GetFields().Select(_reader.GetFieldDefinition))
                members.TryAdd(_text.Of(field), Of((MethodAttributes)field.Attributes)); // the access bits are the same
            types[_text.Of(handle)] = new(
                (type.Attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic or TypeAttributes.NestedFamORAssem,
                type.BaseType.IsNil ? null : _text.GenericDefinition(type.BaseType),
                members);
        }

        return types;
    }

    private static Access Of(MethodAttributes attributes) => (attributes & MethodAttributes.MemberAccessMask) switch
    {
        MethodAttributes.Public => Access.All,
        MethodAttributes.Family or MethodAttributes.FamORAssem => Access.All, // those who derive; a compiler has checked that
        MethodAttributes.Assembly => Access.Friends,
        _ => Access.None,
    };

    private bool IsFrom(EntityHandle handle, IReadOnlySet<string> assemblies) => handle.Kind switch
    {
        HandleKind.TypeReference => IsFrom(_reader.GetTypeReference((TypeReferenceHandle)handle).ResolutionScope, assemblies),
        HandleKind.AssemblyReference => assemblies.Contains(_reader.GetString(_reader.GetAssemblyReference((AssemblyReferenceHandle)handle).Name)),
        HandleKind.TypeSpecification => GenericType(handle) is { IsNil: false } type && IsFrom(type, assemblies),
        _ => false,
    };

    private EntityHandle GenericType(EntityHandle specification)
    {
        var blob = _reader.GetBlobReader(_reader.GetTypeSpecification((TypeSpecificationHandle)specification).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return default;
        blob.ReadByte(); // class or value type
        return blob.ReadTypeHandle();
    }

    private IEnumerable<string> Attributes(string name) =>
        from attribute in _reader.GetAssemblyDefinition().GetCustomAttributes().Select(_reader.GetCustomAttribute)
        where attribute.Constructor.Kind == HandleKind.MemberReference
        let constructor = _reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor)
        where constructor.Parent.Kind == HandleKind.TypeReference
            && _reader.StringComparer.Equals(_reader.GetTypeReference((TypeReferenceHandle)constructor.Parent).Name, name)
        select FirstString(attribute);

    private string FirstString(CustomAttribute attribute)
    {
        var blob = _reader.GetBlobReader(attribute.Value);
        blob.ReadUInt16(); // prolog
        return blob.ReadSerializedString() ?? "";
    }
}

/// <summary>Who may use a member.</summary>
internal enum Access
{
    None,
    Friends,
    All,
}

/// <summary>A type with its members by their full signature.</summary>
internal sealed record DeclaredType(bool IsPublic, string? BaseType, IReadOnlyDictionary<string, Access> Members);
