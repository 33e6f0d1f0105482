using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Loyalty.ServiceDefaults.Refusals;

/// <summary>A refusal on the wire: <c>google.rpc.Status</c> with one ErrorInfo, field violations and the time to wait (AIP-193).</summary>
internal static class RefusalStatus
{
    public const string Trailer = "grpc-status-details-bin";
    // In the package's old copy of google/rpc the field that is "reason" everywhere else is called Type; its number, and so the wire, is the same.
    private const string Domain = "loyalty";

    public static StatusCode CodeOf(RefusalKind kind) => kind switch
    {
        RefusalKind.InvalidArgument => StatusCode.InvalidArgument,
        RefusalKind.NotFound => StatusCode.NotFound,
        RefusalKind.AlreadyExists => StatusCode.AlreadyExists,
        RefusalKind.FailedPrecondition => StatusCode.FailedPrecondition,
        RefusalKind.Aborted => StatusCode.Aborted,
        RefusalKind.PermissionDenied => StatusCode.PermissionDenied,
        RefusalKind.Unauthenticated => StatusCode.Unauthenticated,
        RefusalKind.ResourceExhausted => StatusCode.ResourceExhausted,
        RefusalKind.Unavailable => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };

    public static byte[] Write(Refusal refusal)
    {
        var status = new Google.Rpc.Status { Code = (int)CodeOf(refusal.Kind), Message = refusal.Message };
        var reason = new ErrorInfo { Domain = Domain, Type = refusal.Reason };
        foreach (var (key, value) in refusal.Metadata)
            reason.Metadata.Add(key, value);
        status.Details.Add(Any.Pack(reason));
        if (refusal.Violations.Count > 0)
        {
            var fields = refusal.Violations.Select(v => new BadRequest.Types.FieldViolation { Field = v.Field, Description = v.Description });
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { fields } }));
        }

        if (refusal.RetryAfter is { } wait)
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        return status.ToByteArray();
    }

    /// <summary>The refusal that another service of the suite sent, or null where the details are not ours.</summary>
    public static Refusal? Read(byte[]? details)
    {
        if (details is null)
            return null;
        try
        {
            var status = Google.Rpc.Status.Parser.ParseFrom(details);
            return KindOf((StatusCode)status.Code) is { } kind && Detail<ErrorInfo>(status) is { Domain: Domain } reason
                ? new Refusal(kind, reason.Type, status.Message, Detail<BadRequest>(status)?.FieldViolations.Select(v => new FieldViolation(v.Field, v.Description)) ?? Enumerable.Empty<FieldViolation>())
                {
                    Metadata = new Dictionary<string, string>(reason.Metadata, StringComparer.Ordinal),
                    RetryAfter = Detail<RetryInfo>(status)?.RetryDelay?.ToTimeSpan(),
                }
                : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static RefusalKind? KindOf(StatusCode code)
    {
        foreach (var kind in System.Enum.GetValues<RefusalKind>())
        {
            if (CodeOf(kind) == code)
                return kind;
        }

        return null;
    }

    private static T? Detail<T>(Google.Rpc.Status status)
        where T : class, IMessage<T>, new()
    {
        foreach (var detail in status.Details)
        {
            if (detail.TryUnpack<T>(out var message))
                return message;
        }

        return null;
    }
}
