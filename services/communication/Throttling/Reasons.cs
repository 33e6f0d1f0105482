namespace Loyalty.Communications.Throttling;

/// <summary>From what a verdict observed to what the decision says.</summary>
internal static class Reasons
{
    /// <summary>The reason for declining that a forbidding verdict gives.</summary>
    public static DeclineReason Of(Detail forbidding) => forbidding switch
    {
        Detail.UnknownCustomer => DeclineReason.UnknownCustomer,
        Detail.Erased => DeclineReason.Erased,
        Detail.NoAddress => DeclineReason.NoAddress,
        Detail.AddressDead => DeclineReason.AddressDead,
        Detail.NoConsent or Detail.ConsentWithdrawn => DeclineReason.NoConsent,
        _ => throw new ArgumentOutOfRangeException(nameof(forbidding), forbidding, "does not forbid"),
    };

    /// <summary>The event that a verdict without an instant waits for.</summary>
    public static WaitsFor WaitOf(Detail waiting) => waiting switch
    {
        Detail.ProfileAwaited => WaitsFor.Profile,
        Detail.HeartbeatOld => WaitsFor.Heartbeat,
        Detail.EventParked => WaitsFor.ParkedEvent,
        Detail.CaseOpen => WaitsFor.CaseClosing,
        Detail.StageTooLow => WaitsFor.Stage,
        _ => WaitsFor.Nothing,
    };
}
