using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Secrets;

/// <summary>
/// The master keys by id and the lookup key. All master keys open; the one that is last in ordinal order of the ids wraps ("2026-11"
/// after "2025-03"). Each service derives its own keys, so that services that share a ring cannot open each other's values.
/// </summary>
internal sealed class KeyRing
{
    private const int Size = 32;
    private readonly Dictionary<string, byte[]> masters;
    private readonly byte[] lookup;

    private KeyRing(Dictionary<string, byte[]> masters, byte[] lookup)
    {
        this.masters = masters;
        this.lookup = lookup;
        Newest = masters.Keys.Max(StringComparer.Ordinal)!; // there is at least one
    }

    public string Newest { get; }

    /// <summary>
    /// From <c>Keys__Master__{id}</c> and <c>Keys__Lookup</c> (base64 of 32 bytes each). Where none is set and the data lies in
    /// <c>Data__Folder</c>, keys are made once and kept there.
    /// </summary>
    public static KeyRing From(IConfiguration configuration, string service)
    {
        var keys = configuration.GetSection("Keys:Master").GetChildren()
            .ToDictionary(entry => entry.Key, entry => Key($"Keys__Master__{entry.Key}", entry.Value), StringComparer.Ordinal);
        if (keys.Count == 0 && configuration["Keys:Lookup"] is null && configuration["Data:Folder"] is { Length: > 0 } folder)
        {
            return For(
                service,
                new(StringComparer.Ordinal) { ["local"] = LocalKey(folder, "master.key") },
                LocalKey(folder, "lookup.key"));
        }

        if (keys.Count == 0)
            throw new InvalidOperationException("Keys__Master__<id> is not set (base64 of 32 bytes), and there is no Data__Folder to keep one in");
        return For(service, keys, Key("Keys__Lookup", configuration["Keys:Lookup"]));
    }

    public byte[] Wrap(byte[] dataKey, Guid customerId)
    {
        var id = Encoding.UTF8.GetBytes(Newest);
        return [(byte)id.Length, .. id, .. SealedBox.Seal(masters[Newest], dataKey, customerId.ToByteArray(bigEndian: true))];
    }

    /// <exception cref="CryptographicException">The master key is not in the ring, or the row was changed.</exception>
    public byte[] Unwrap(byte[] wrapped, Guid customerId)
    {
        var id = IdOf(wrapped);
        if (!masters.TryGetValue(id, out var master))
            throw new CryptographicException($"the data key of {customerId} needs Keys__Master__{id}, which is not set");
        return SealedBox.Open(master, wrapped.AsSpan(1 + wrapped[0]), customerId.ToByteArray(bigEndian: true));
    }

    /// <summary>The id of the master key that wrapped it.</summary>
    public static string IdOf(byte[] wrapped) =>
        wrapped.Length > 1 && wrapped.Length > wrapped[0]
            ? Encoding.UTF8.GetString(wrapped, 1, wrapped[0])
            : throw new CryptographicException("this is not a wrapped key");

    public byte[] Hash(ReadOnlySpan<byte> value) => HMACSHA256.HashData(lookup, value);

    private static KeyRing For(string service, Dictionary<string, byte[]> masters, byte[] lookup) =>
        new(
            masters.ToDictionary(pair => pair.Key, pair => Derive(pair.Value, $"loyalty/{service}/wrap"), StringComparer.Ordinal),
            Derive(lookup, $"loyalty/{service}/lookup"));

    private static byte[] Derive(byte[] key, string use) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Size, info: Encoding.UTF8.GetBytes(use));

    private static byte[] Key(string setting, string? value)
    {
        var key = new byte[Size + 1];
        return value is not null && Convert.TryFromBase64String(value, key, out var length) && length == Size
            ? key[..Size]
            : throw new InvalidOperationException($"{setting} must be the base64 of {Size} bytes");
    }

    private static byte[] LocalKey(string folder, string name)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "keys")).FullName, name);
        if (!File.Exists(file))
            NewFile(file);
        return Key(file, File.ReadAllText(file));
    }

    /// <summary>Written aside and moved, so that of two that start together both read the one that came first, and whole.</summary>
    private static void NewFile(string file)
    {
        var aside = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(aside, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Size))));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(aside, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(aside);
        }
    }
}
