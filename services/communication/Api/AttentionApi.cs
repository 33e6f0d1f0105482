using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Communications.Api;

/// <summary>Translates between the contract and the dry run.</summary>
internal sealed class AttentionApi(CheckAttention check, TimeProvider clock) : AttentionService.AttentionServiceBase
{
    public override async Task<CheckAttentionResponse> CheckAttention(CheckAttentionRequest request, ServerCallContext context)
    {
        var (explanation, asOf) = await check.RunAsync(Read(request), context.CancellationToken);
        return new CheckAttentionResponse { Decision = DecisionWire.Of(explanation), AsOf = asOf.ToTimestamp() };
    }

    private AttentionQuestion Read(CheckAttentionRequest request)
    {
        var input = new InputCheck();
        var latest = clock.GetUtcNow() + Lifetime.Longest;
        var question = new AttentionQuestion(
            input.Id("customer_id", request.CustomerId),
            input.Length("template", request.Template, 1, 64),
            DraftWire.ChannelOf(input, "channel", request.Channel),
            input.OptionalTimestamp("not_before", request.NotBefore, DateTimeOffset.UnixEpoch, latest),
            input.OptionalTimestamp("expires_at", request.ExpiresAt, DateTimeOffset.UnixEpoch, latest));
        input.ThrowIfAny();
        return question;
    }
}
