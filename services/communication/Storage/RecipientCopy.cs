using Google.Protobuf;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Storage;

/// <summary>A person as a dry run sees them, as of one instant; can be kept in a cache.</summary>
internal sealed record RecipientCopy(long AsOf, byte[]? Profile, byte[] Ledger, bool EventParked, Mailing[] Waiting, InFlight[] InFlight)
{
    public Recipient ForTheGate(long now) => new(ProfileDocument.ForTheGate(Profile, EventParked), LedgerBook.Seen(Ledger, InFlight, now));

    public static RecipientCopy Of(RecipientRow? person, IReadOnlyList<QueueRow> queue, bool eventParked, long asOf) => new(
        asOf, person?.Profile, person?.Ledger ?? [], eventParked, [.. queue.Where(q => q.Waits).Select(q => q.ForTheGate())],
        [.. queue.Where(q => !q.Waits).Select(q => q.InFlight)]);

    public byte[] Write()
    {
        var stored = new StoredCopy { AsOf = AsOf, Known = Profile is not null, Ledger = ByteString.CopyFrom(Ledger), EventParked = EventParked };
        if (Profile is not null)
            stored.Profile = ByteString.CopyFrom(Profile);
        stored.Waiting.AddRange(Waiting.Select(m => new StoredWaiting
        {
            MailingId = Bytes(m.Id),
            Class = (int)m.Class,
            Intent = (int)m.Intent,
            Kind = (int)m.Kind,
            Channel = (int)m.Channel,
            Priority = m.Priority,
            AgeAt = m.AcceptedAt,
            NotBefore = m.NotBefore,
            ExpiresAt = m.ExpiresAt,
            BackoffUntil = m.BackoffUntil,
            ReleaseAt = m.ReleaseAt,
            Urgent = m.Urgent,
        }));
        stored.InFlight.AddRange(InFlight.Select(f => new StoredInFlight { MailingId = Bytes(f.MailingId), Class = (int)f.Class, CommittedAt = f.CommittedAt }));
        return stored.ToByteArray();
    }

    public static RecipientCopy Read(byte[] bytes)
    {
        var stored = StoredCopy.Parser.ParseFrom(bytes);
        return new RecipientCopy(
            stored.AsOf,
            stored.Known ? stored.Profile.ToByteArray() : null,
            stored.Ledger.ToByteArray(),
            stored.EventParked,
            [.. stored.Waiting.Select(m => new Mailing
            {
                Id = Id(m.MailingId),
                Class = (MailingClass)m.Class,
                Intent = (Intent)m.Intent,
                Kind = (MailingKind)m.Kind,
                Channel = (Channel)m.Channel,
                Priority = m.Priority,
                AcceptedAt = m.AgeAt,
                NotBefore = m.NotBefore,
                ExpiresAt = m.ExpiresAt,
                BackoffUntil = m.BackoffUntil,
                ReleaseAt = m.ReleaseAt,
                Urgent = m.Urgent,
            })],
            [.. stored.InFlight.Select(f => new InFlight(Id(f.MailingId), (MailingClass)f.Class, f.CommittedAt))]);
    }

    private static ByteString Bytes(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private static Guid Id(ByteString bytes) => new(bytes.Span, bigEndian: true);
}
