using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features;

/// <summary>A mailing as its sender describes it, checked as far as that goes without its template.</summary>
internal sealed record MailingDraft
{
    public required string Sender { get; init; }
    public required string RequestId { get; init; }

    /// <summary>Of the whole request: a repeat must be the same.</summary>
    public required byte[] RequestHash { get; init; }

    public Guid CustomerId { get; init; }

    /// <summary>Instead of a customer.</summary>
    public DirectTo? Direct { get; init; }

    public required string Template { get; init; }
    public required IReadOnlyDictionary<string, string> Variables { get; init; }
    public Channel Channel { get; init; } = Channel.Email;
    public int Priority { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? CollapseKey { get; init; }
    public string? CampaignId { get; init; }
    public bool ValidateOnly { get; init; }
}

/// <summary>An address that the sender brings along.</summary>
internal sealed record DirectTo(string Address, string Locale);
