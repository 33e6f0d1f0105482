namespace Loyalty.Communications.Domain;

/// <summary>
/// An address without a customer, to which a code may go. It has a row, a line and a ledger like a person, under an id made from a keyed
/// hash of the address, so that everything that guards a person guards it too.
/// </summary>
internal static class DirectRecipient
{
    /// <summary>Version 8 (RFC 9562: made by the application's own rule); customers have version 7.</summary>
    private const int Version = 8;

    /// <param name="addressHash">32 bytes of the keyed hash; 122 bits of it are used.</param>
    public static Guid IdOf(ReadOnlySpan<byte> addressHash)
    {
        Span<byte> id = stackalloc byte[16];
        addressHash[..16].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0f) | (Version << 4));
        id[8] = (byte)((id[8] & 0x3f) | 0x80);
        return new Guid(id, bigEndian: true);
    }

    public static bool Is(Guid recipientId) => recipientId.Version == Version;
}
