using Microsoft.IdentityModel.Tokens;

namespace Loyalty.ServiceDefaults.Auth;

/// <summary>The issuer's keys in a file; read again when it has changed, looked at once in 30 s and when a key is not in it (at most once a second).</summary>
internal sealed class JwksFile(string path, TimeProvider realTime)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAtMostEvery = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private IList<SecurityKey> keys = [];
    private DateTime changedAt;
    private long? lookedAt;

    public IEnumerable<SecurityKey> Keys(string? kid)
    {
        lock (gate)
        {
            var since = lookedAt is { } at ? realTime.GetElapsedTime(at) : TimeSpan.MaxValue;
            var missing = !string.IsNullOrEmpty(kid) && !keys.Any(key => string.Equals(key.KeyId, kid, StringComparison.Ordinal));
            if (since >= LookEvery || (missing && since >= LookAtMostEvery))
                Look();
            return keys;
        }
    }

    private void Look()
    {
        lookedAt = realTime.GetTimestamp();
        var changed = File.GetLastWriteTimeUtc(path);
        if (changed == changedAt)
            return;
        keys = new JsonWebKeySet(File.ReadAllText(path)).GetSigningKeys();
        changedAt = changed;
    }
}
