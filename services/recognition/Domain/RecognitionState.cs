namespace Loyalty.Recognitions.Domain;

/// <summary>How far a recognition has come; the numbers are those of the contract.</summary>
internal enum RecognitionState
{
    Granted = 1,
    Mailed = 2,
    Delivered = 3,
    Undelivered = 4,
}

internal static class RecognitionSteps
{
    /// <summary>
    /// The end of a mailing may be heard before its acceptance, so GRANTED may end too. A mailing whose ending was unknown may turn out to
    /// have arrived: UNDELIVERED becomes DELIVERED, never the other way round.
    /// </summary>
    public static bool MayBecome(this RecognitionState from, RecognitionState to) => to switch
    {
        RecognitionState.Mailed => from is RecognitionState.Granted,
        RecognitionState.Delivered => from is not RecognitionState.Delivered,
        RecognitionState.Undelivered => from is RecognitionState.Granted or RecognitionState.Mailed,
        _ => false,
    };
}
