namespace Loyalty.Communications.Throttling;

/// <summary>Unites two profiles of one person so that whichever is stricter counts.</summary>
internal static class Strictest
{
    public static Profile Of(Profile left, Profile right)
    {
        // A part of which nothing was told adds nothing, or an empty record would silence a known person for ever.
        if (!left.Known)
            return right;
        if (!right.Known)
            return left;
        return new Profile
        {
            Erased = left.Erased || right.Erased,
            Addresses = new Addresses(
                Best(left.Addresses.Email, right.Addresses.Email),
                Best(left.Addresses.Sms, right.Addresses.Sms),
                Best(left.Addresses.Push, right.Addresses.Push),
                Best(left.Addresses.Messenger, right.Addresses.Messenger)),
            Consents = Consents(left.Consents, right.Consents),
            Place = left.Place,
            OtherPlaces = [.. left.OtherPlaces, right.Place, .. right.OtherPlaces],
            Wish = (FrequencyWish)Math.Max((byte)left.Wish, (byte)right.Wish),
            PausedUntil = Math.Max(left.PausedUntil, right.PausedUntil),
            Stage = left.Stage == 0 || right.Stage == 0 ? Math.Max(left.Stage, right.Stage) : Math.Min(left.Stage, right.Stage),
            OpenCases = left.OpenCases + right.OpenCases,
            LastCaseClosedAt = Math.Max(left.LastCaseClosedAt, right.LastCaseClosedAt),
            EventParked = left.EventParked || right.EventParked,
        };
    }

    /// <summary>An address is a means, not a wish: the one that works counts.</summary>
    private static AddressHealth Best(AddressHealth left, AddressHealth right)
    {
        static int Worth(AddressHealth health) => health switch
        {
            AddressHealth.Ok => 3,
            AddressHealth.Soft => 2,
            AddressHealth.Dead => 1,
            _ => 0,
        };
        return Worth(left) >= Worth(right) ? left : right;
    }

    /// <summary>A part that was never asked about a purpose says nothing; of two that were, a refusal counts.</summary>
    private static Consent[] Consents(Consent[] left, Consent[] right)
    {
        var united = left.ToList();
        foreach (var consent in right)
        {
            var index = united.FindIndex(known => known.Channel == consent.Channel && string.Equals(known.Purpose, consent.Purpose, StringComparison.Ordinal));
            if (index < 0)
                united.Add(consent);
            else if (!consent.Holds)
                united[index] = consent;
        }

        return [.. united];
    }
}
