using System.Buffers;
using System.Collections;
using System.Text;

namespace Grpc.Core;

/// <summary>Headers or trailers of a call: an ordered list in which a key may stand more than once.</summary>
public sealed class Metadata : IList<Metadata.Entry>
{
    /// <summary>Keys that end so hold bytes, others hold text.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>No entries, and none can be added.</summary>
    public static readonly Metadata Empty = new(readOnly: true);

    private readonly List<Entry> _entries = [];

    public Metadata()
    {
    }

    private Metadata(bool readOnly) => IsReadOnly = readOnly;

    public int Count => _entries.Count;

    public bool IsReadOnly { get; }

    public Entry this[int index]
    {
        get => _entries[index];
        set => Writable()[index] = Given(value);
    }

    /// <summary>The last entry under the key (any case), or null.</summary>
    public Entry? Get(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _entries.FindLast(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The text of the last entry under the key, or null; throws <see cref="InvalidOperationException"/> when it holds bytes.</summary>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry under the key, or null.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>All entries under the key (any case), in their order.</summary>
    public IEnumerable<Entry> GetAll(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _entries.Where(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
    }

    public void Add(string key, string value) => Add(new Entry(key, value));

    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    public void Add(Entry item) => Writable().Add(Given(item));

    public void Insert(int index, Entry item) => Writable().Insert(index, Given(item));

    public bool Remove(Entry item) => Writable().Remove(item);

    public void RemoveAt(int index) => Writable().RemoveAt(index);

    public void Clear() => Writable().Clear();

    public bool Contains(Entry item) => _entries.Contains(item);

    public int IndexOf(Entry item) => _entries.IndexOf(item);

    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<Entry> Writable() => IsReadOnly ? throw new InvalidOperationException("Object is read only") : _entries;

    private static Entry Given(Entry? item) => item ?? throw new ArgumentNullException(nameof(item));

    /// <summary>One key with its value: text, or bytes when the key ends in <see cref="BinaryHeaderSuffix"/>. Keys are kept in lower case.</summary>
    public sealed class Entry
    {
        // The gRPC wire format: Header-Name is 1*( %x30-39 / %x61-7A / "_" / "-" / "." ). Pseudo headers (":path") fall out by it.
        private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");

        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>A text entry. Throws <see cref="ArgumentException"/> for a malformed key or one with the binary suffix.</summary>
        public Entry(string key, string value)
        {
            Key = Checked(key, binary: false);
            ArgumentNullException.ThrowIfNull(value);
            _text = value;
        }

        /// <summary>A binary entry. Throws <see cref="ArgumentException"/> for a malformed key or one without the binary suffix.</summary>
        public Entry(string key, byte[] valueBytes)
        {
            Key = Checked(key, binary: true);
            ArgumentNullException.ThrowIfNull(valueBytes);
            _bytes = [.. valueBytes];
        }

        public string Key { get; }

        public bool IsBinary => _bytes is not null;

        /// <summary>The text; throws <see cref="InvalidOperationException"/> on a binary entry.</summary>
        public string Value => _text ?? throw new InvalidOperationException("Cannot access string value of a binary metadata entry");

        /// <summary>A copy of the bytes, or the text in ASCII.</summary>
        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(Value) : [.. _bytes];

        public override string ToString() => _bytes is null
            ? $"[Entry: key={Key}, value={_text}]"
            : $"[Entry: key={Key}, valueBytes={Convert.ToHexString(_bytes)}]";

        private static string Checked(string key, bool binary)
        {
            ArgumentNullException.ThrowIfNull(key);
            var lower = key.ToLowerInvariant();
            if (lower.Length == 0 || lower.AsSpan().ContainsAnyExcept(KeyCharacters))
                throw new ArgumentException("Metadata entry key not valid. Keys can only contain lowercase alphanumeric characters, underscores, hyphens and dots.", nameof(key));
            if (lower.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal) != binary)
                throw new ArgumentException(
                    binary
                        ? $"Key for binary valued metadata entry needs to have suffix indicating binary value ({BinaryHeaderSuffix})."
                        : $"Key for ASCII valued metadata entry cannot have suffix indicating binary value ({BinaryHeaderSuffix}).",
                    nameof(key));
            return lower;
        }
    }
}
