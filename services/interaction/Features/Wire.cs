using Google.Protobuf.WellKnownTypes;
using Loyalty.Interactions.Domain;
using Loyalty.Interactions.Storage;
using Loyalty.ServiceDefaults.Secrets;

namespace Loyalty.Interactions.Features;

/// <summary>What a stored fact is called in the contract.</summary>
internal static class Wire
{
    public static V1.Interaction ToWire(this InteractionRow row, CustomerKey? key) => new()
    {
        InteractionId = row.InteractionId.ToString(),
        CustomerId = row.CustomerId.ToString(),
        Kind = (V1.InteractionKind)row.Kind,
        SourceSystem = row.SourceSystem,
        SourceId = row.SourceId,
        OccurredAt = row.OccurredAt.ToTimestamp(),
        RecordedAt = row.RecordedAt.ToTimestamp(),
        Revision = row.Revision,
        Value = row.Value is { } value ? new V1.Money { Currency = value.Currency, Units = value.Units, Nanos = value.Nanos } : null,
        Text = row.Text is { } text && key is not null ? key.Open(text) : "",
        HiddenAct = ((InteractionKind)row.Kind).IsHiddenAct(),
    };

    public static V1.InteractionsRecorded.Types.Entry ToEntry(this InteractionRow row) => new()
    {
        InteractionId = row.InteractionId.ToString(),
        CustomerId = row.CustomerId.ToString(),
        Kind = (V1.InteractionKind)row.Kind,
        OccurredAt = row.OccurredAt.ToTimestamp(),
        Revision = row.Revision,
        HiddenAct = ((InteractionKind)row.Kind).IsHiddenAct(),
    };
}
