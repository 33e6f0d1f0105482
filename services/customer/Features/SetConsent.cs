using Loyalty.Customers.Domain;
using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Features;

/// <summary>Gives or withdraws one consent by merging what was said into what is known.</summary>
internal sealed class SetConsent(Database database, LookupHash hashes, PersonReader people)
{
    private const string Method = "SetConsent";
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    public async Task<V1.SetConsentResponse> HandleAsync(V1.SetConsentRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var customerId = Check(request);
        return await database.WriteAsync(
            async tx =>
            {
                await CustomerRow.LockAsync(tx, customerId);
                var now = await tx.NowAsync();
                var saidAt = CheckSaidAt(request, now);
                var known = (await ConsentRow.OfAsync(tx, customerId))
                    .Find(row => row.Purpose == (int)request.Purpose && row.Channel == (int)request.Channel)
                    ?? new ConsentRow { CustomerId = customerId, Purpose = (int)request.Purpose, Channel = (int)request.Channel };
                if (await RequestIds.FirstAsync(tx, hashes, caller.Subject, Method, request.RequestId, request, now) is not null)
                    return new V1.SetConsentResponse { Consent = known.ToWire() };

                var row = await MergeAsync(tx, known, request, saidAt);
                await RequestIds.KeepAsync(tx, caller.Subject, Method, request.RequestId, customerId);
                return new V1.SetConsentResponse { Consent = row.ToWire() };
            },
            cancellationToken);
    }

    private static Guid Check(V1.SetConsentRequest request)
    {
        var check = new InputCheck();
        check.Length("request_id", request.RequestId, 1, 64);
        var customerId = check.Id("customer_id", request.CustomerId);
        check.Enum("purpose", request.Purpose);
        check.Enum("channel", request.Channel);
        check.Length("evidence", request.Evidence, request.Given ? 1 : 0, 500);
        check.ThrowIfAny();
        return customerId;
    }

    // A caller's clock may run ahead of ours; taken at its word, a consent from the future would outlive a withdrawal made now.
    private static DateTimeOffset CheckSaidAt(V1.SetConsentRequest request, DateTimeOffset now)
    {
        if (request.SaidAt is null)
            return now;
        var check = new InputCheck();
        var saidAt = check.Timestamp("said_at", request.SaidAt, DateTimeOffset.UnixEpoch, now + ClockSlack);
        check.ThrowIfAny();
        return saidAt < now ? saidAt : now;
    }

    private async Task<ConsentRow> MergeAsync(Transaction tx, ConsentRow known, V1.SetConsentRequest request, DateTimeOffset saidAt)
    {
        var merged = known.Consent.Merge(request.Given ? Consent.Given(saidAt) : Consent.Withdrawn(saidAt));
        if (merged == known.Consent)
            return known;
        var evidence = known.Evidence;
        if (merged.GivenAt != known.GivenAt)
            evidence = (await people.KeyAsync(tx, known.CustomerId)).Seal(request.Evidence);
        var row = known with
        {
            Revision = known.Revision + 1,
            GivenAt = merged.GivenAt,
            WithdrawnAt = merged.WithdrawnAt,
            Evidence = evidence,
        };
        await row.SaveAsync(tx);
        await tx.ExecuteAsync("UPDATE customers SET revision = revision + 1 WHERE customer_id = @CustomerId", new { row.CustomerId });
        tx.Say(new V1.ConsentChanged { CustomerId = row.CustomerId.ToString(), Revision = row.Revision, Consent = row.ToWire() });
        return row;
    }
}
