namespace Loyalty.Benchmarks;

/// <summary>How much is measured; the command line says it.</summary>
internal sealed record Amounts(int Rounds, TimeSpan Span, int People, int Sessions, int Events);
