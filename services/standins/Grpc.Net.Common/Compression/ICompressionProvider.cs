using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>One message encoding, named as in <c>grpc-encoding</c>.</summary>
public interface ICompressionProvider
{
    string EncodingName { get; }

    /// <summary>A stream that writes compressed bytes to <paramref name="stream"/> and leaves it open; without a level, the provider's own.</summary>
    Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel);

    /// <summary>A stream that reads plain bytes from the compressed <paramref name="stream"/> and leaves it open.</summary>
    Stream CreateDecompressionStream(Stream stream);
}
