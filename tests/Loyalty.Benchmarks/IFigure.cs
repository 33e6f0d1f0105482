namespace Loyalty.Benchmarks;

/// <summary>Something that is measured in rounds: ours, and the ceiling on the same machine in the same run.</summary>
internal interface IFigure : IAsyncDisposable
{
    /// <summary>Starts what is needed and warms it up.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>One round of ours.</summary>
    Task MeasureAsync(Readings readings, CancellationToken cancellationToken);

    /// <summary>One round of the ceiling; its quantities are those of ours.</summary>
    Task MeasureCeilingAsync(Readings readings, CancellationToken cancellationToken);
}
