using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Loyalty.ServiceDefaults.Reflection;

/// <summary>The contracts of the mapped services, found by file, symbol or extension number. Built at the first question.</summary>
internal sealed class DescriptorIndex
{
    private readonly List<ServiceDescriptor> services = [];
    private readonly Lazy<Found> found;

    public DescriptorIndex() => found = new Lazy<Found>(() => new Found(services));

    public IEnumerable<string> Services => services.Select(service => service.FullName).Order(StringComparer.Ordinal);

    public void Serve(IEnumerable<ServiceDescriptor> mapped) => services.AddRange(mapped);

    public FileDescriptor? File(string name) => found.Value.Files.GetValueOrDefault(name);

    /// <summary>The file that declares a message, field, enum, value, service, method or extension by its full name.</summary>
    public FileDescriptor? Containing(string symbol) => found.Value.Symbols.GetValueOrDefault(symbol.TrimStart('.'));

    public FileDescriptor? Extending(string type, int number) => found.Value.Extensions.GetValueOrDefault((type.TrimStart('.'), number));

    /// <summary>The extension numbers of a type, or null when the type is not known.</summary>
    public IEnumerable<int>? ExtensionsOf(string type)
    {
        type = type.TrimStart('.');
        return found.Value.Messages.Contains(type) ? found.Value.Extensions.Keys.Where(key => string.Equals(key.Type, type, StringComparison.Ordinal)).Select(key => key.Number).Order() : null;
    }

    /// <summary>A file and everything that it needs, itself first.</summary>
    public static IEnumerable<ByteString> Whole(FileDescriptor file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<FileDescriptor>([file]);
        while (queue.TryDequeue(out var next))
        {
            if (!seen.Add(next.Name))
                continue;
            yield return next.SerializedData;
            foreach (var needed in next.Dependencies)
                queue.Enqueue(needed);
        }
    }

    private sealed class Found
    {
        public Found(IEnumerable<ServiceDescriptor> services)
        {
            foreach (var service in services)
                Add(service.File);
        }

        public Dictionary<string, FileDescriptor> Files { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, FileDescriptor> Symbols { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Messages { get; } = new(StringComparer.Ordinal);

        public Dictionary<(string Type, int Number), FileDescriptor> Extensions { get; } = [];

        private void Add(FileDescriptor file)
        {
            if (!Files.TryAdd(file.Name, file))
                return;
            foreach (var needed in file.Dependencies)
                Add(needed);
            foreach (var service in file.Services)
            {
                Symbols[service.FullName] = file;
                foreach (var method in service.Methods)
                    Symbols[method.FullName] = file;
            }

            foreach (var message in file.MessageTypes)
                Add(message, file);
            foreach (var @enum in file.EnumTypes)
                Add(@enum, file);
            foreach (var extension in file.Extensions.UnorderedExtensions)
                Add(extension, file);
        }

        private void Add(MessageDescriptor message, FileDescriptor file)
        {
            Symbols[message.FullName] = file;
            Messages.Add(message.FullName);
            foreach (var field in message.Fields.InDeclarationOrder())
                Symbols[field.FullName] = file;
            foreach (var choice in message.Oneofs)
                Symbols[choice.FullName] = file;
            foreach (var nested in message.NestedTypes)
                Add(nested, file);
            foreach (var @enum in message.EnumTypes)
                Add(@enum, file);
            foreach (var extension in message.Extensions.UnorderedExtensions)
                Add(extension, file);
        }

        private void Add(EnumDescriptor @enum, FileDescriptor file)
        {
            Symbols[@enum.FullName] = file;
            var scope = @enum.FullName[..(@enum.FullName.LastIndexOf('.') + 1)]; // values stand beside their enum, not in it, whatever C# calls them
            foreach (var value in @enum.Values)
                Symbols[scope + value.Name] = file;
        }

        private void Add(FieldDescriptor extension, FileDescriptor file)
        {
            Symbols[extension.FullName] = file;
            Extensions[(extension.ExtendeeType.FullName, extension.FieldNumber)] = file;
        }
    }
}
