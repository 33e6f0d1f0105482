using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Loyalty.Communications.Throttling;

/// <summary>The planned sends of one visit, earliest first. Lives on the stack: change it in place, never copy it to keep it.</summary>
internal struct Plan
{
    /// <summary>More are not planned: those behind are told "not before" the last of these.</summary>
    public const int Most = 16;

    private Slots _slots;
    private int _count;

    public readonly int Count => _count;

    [UnscopedRef]
    public readonly ReadOnlySpan<Planned> InOrder => ((ReadOnlySpan<Planned>)_slots)[.._count];

    public void Clear() => _count = 0;

    /// <summary>Enters a send behind all that are planned for the same instant or earlier.</summary>
    public void Add(Planned planned)
    {
        var index = _count++;
        while (index > 0 && _slots[index - 1].At > planned.At)
        {
            _slots[index] = _slots[index - 1];
            index--;
        }

        _slots[index] = planned;
    }

    [InlineArray(Most)]
    private struct Slots
    {
        private Planned _first;
    }
}
