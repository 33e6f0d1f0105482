namespace Grpc.Core;

/// <summary>A shorter way to read a stream.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Advances by one message, without a token; false at the end.</summary>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return streamReader.MoveNext(CancellationToken.None);
    }
}
