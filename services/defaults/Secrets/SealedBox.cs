using System.Security.Cryptography;

namespace Loyalty.ServiceDefaults.Secrets;

/// <summary>AES-256-GCM with a fresh random nonce: version (1), nonce (12 bytes), tag (16 bytes), ciphertext.</summary>
internal static class SealedBox
{
    private const byte Version = 1;
    private const int Nonce = 12, Tag = 16, Head = 1 + Nonce + Tag;

    /// <param name="bound">What the value belongs to; it opens only with the same.</param>
    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var box = new byte[Head + plain.Length];
        box[0] = Version;
        RandomNumberGenerator.Fill(box.AsSpan(1, Nonce));
        using var aes = new AesGcm(key, Tag);
        aes.Encrypt(box.AsSpan(1, Nonce), plain, box.AsSpan(Head), box.AsSpan(1 + Nonce, Tag), bound);
        return box;
    }

    /// <exception cref="CryptographicException">It was sealed under another key, for something else, or changed.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> bound)
    {
        if (box.Length < Head || box[0] != Version)
            throw new CryptographicException("this is not a sealed value");
        var plain = new byte[box.Length - Head];
        using var aes = new AesGcm(key, Tag);
        aes.Decrypt(box.Slice(1, Nonce), box[Head..], box.Slice(1 + Nonce, Tag), plain, bound);
        return plain;
    }
}
