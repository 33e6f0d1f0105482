using Google.Rpc;
using Grpc.Core;
using Shouldly;

namespace Loyalty.TestKit;

/// <summary>A "no" as a caller in any language sees it.</summary>
/// <param name="Reason">UPPER_SNAKE, from the one ErrorInfo.</param>
/// <param name="Fields">The fields that are wrong, in the order told.</param>
public sealed record RefusedCall(StatusCode Code, string Reason, IReadOnlyList<string> Fields, IReadOnlyDictionary<string, string> Metadata, string Message)
{
    private const string Trailer = "grpc-status-details-bin";

    /// <summary>Makes the call and returns how it was refused; fails when it was not.</summary>
    public static async Task<RefusedCall> OfAsync<T>(AsyncUnaryCall<T> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var refused = await Should.ThrowAsync<RpcException>(call.ResponseAsync);
        var status = Google.Rpc.Status.Parser.ParseFrom(
            refused.Trailers.GetValueBytes(Trailer) ?? throw new ShouldAssertException($"{refused.Status} came without details"));
        var error = status.Details.Where(detail => detail.Is(ErrorInfo.Descriptor)).ShouldHaveSingleItem().Unpack<ErrorInfo>();
        error.Domain.ShouldBe("loyalty");
        status.Code.ShouldBe((int)refused.StatusCode);
        var fields = status.Details.Where(detail => detail.Is(BadRequest.Descriptor))
            .SelectMany(detail => detail.Unpack<BadRequest>().FieldViolations)
            .Select(violation => violation.Field);
        // The package's old copy of google/rpc calls the field Type that is reason everywhere else; its number is the same.
        return new RefusedCall(refused.StatusCode, error.Type, [.. fields], new Dictionary<string, string>(error.Metadata, StringComparer.Ordinal), status.Message);
    }
}
