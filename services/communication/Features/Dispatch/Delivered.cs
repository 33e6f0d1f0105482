using Loyalty.Communications.Delivery;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>One attempt and how it ended.</summary>
internal readonly record struct Delivered(Committed Mailing, MailOutcome Outcome);
