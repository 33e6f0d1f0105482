using Grpc.Core;
using Loyalty.Communications.Features;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Communications.Api;

/// <summary>Translates between the contract and the features.</summary>
internal sealed class MailingApi(SubmitMailing submit, GetMailing get, CancelMailing cancel, TimeProvider clock) : MailingService.MailingServiceBase
{
    public override async Task<SubmitMailingResponse> SubmitMailing(SubmitMailingRequest request, ServerCallContext context) => new()
    {
        Mailing = MailingWire.Of(await submit.RunAsync(
            DraftWire.Read(request, Caller.Of(context), clock.GetUtcNow()), context.CancellationToken), request.ValidateOnly),
    };

    public override async Task<GetMailingResponse> GetMailing(GetMailingRequest request, ServerCallContext context) =>
        new() { Mailing = MailingWire.Of(await get.RunAsync(Id(request.MailingId), context.CancellationToken)) };

    public override async Task<CancelMailingResponse> CancelMailing(CancelMailingRequest request, ServerCallContext context) =>
        new() { Mailing = MailingWire.Of(await cancel.RunAsync(Id(request.MailingId), context.CancellationToken)) };

    private static Guid Id(string mailingId)
    {
        var check = new InputCheck();
        var id = check.Id("mailing_id", mailingId);
        check.ThrowIfAny();
        return id;
    }
}
