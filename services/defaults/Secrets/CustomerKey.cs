using System.Text;

namespace Loyalty.ServiceDefaults.Secrets;

/// <summary>The data key of one customer, unwrapped. Keep it for one act, never longer: destroying it must win at once.</summary>
public sealed class CustomerKey
{
    private readonly byte[] key;
    private readonly byte[] bound;

    internal CustomerKey(Guid customerId, byte[] key)
    {
        CustomerId = customerId;
        this.key = key;
        bound = customerId.ToByteArray(bigEndian: true);
    }

    public Guid CustomerId { get; }

    /// <summary>Encrypts a personal value; the same value looks different each time.</summary>
    public byte[] Seal(string value) => SealedBox.Seal(key, Encoding.UTF8.GetBytes(value), bound);

    /// <exception cref="System.Security.Cryptography.CryptographicException">It was sealed for another customer, or changed.</exception>
    public string Open(byte[] box) => Encoding.UTF8.GetString(SealedBox.Open(key, box, bound));
}
