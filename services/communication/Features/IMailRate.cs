namespace Loyalty.Communications.Features;

/// <summary>How many mails may leave now, over all replicas (GCRA): counted in Redis, or in this process for its share.</summary>
internal interface IMailRate
{
    /// <summary>Takes up to so many; where they are fewer, also says in how long the next one comes.</summary>
    ValueTask<(int Granted, TimeSpan NextIn)> TakeAsync(int wanted);

    /// <summary>What was taken and is not used.</summary>
    void GiveBack(int unused);
}
