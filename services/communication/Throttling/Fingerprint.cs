namespace Loyalty.Communications.Throttling;

/// <summary>How a fingerprint is to be compared. The numbers are stored.</summary>
internal enum FingerprintKind : byte
{
    None = 0,

    /// <summary>A 64-bit SimHash over word shingles.</summary>
    SimHash = 1,

    /// <summary>For texts under 20 words: a set of 6-bit word hashes, one bit each.</summary>
    WordSet = 2,
}

/// <summary>What is remembered of a text: enough to tell how alike two are, too little to read it.</summary>
internal readonly record struct Fingerprint(FingerprintKind Kind, ulong Bits);
