namespace Loyalty.Communications.Delivery;

/// <summary>Where mail goes when no relay is configured, section <c>Maildir</c>.</summary>
internal sealed class MaildirOptions
{
    /// <summary>Folder that holds <c>tmp</c>, <c>new</c> and <c>cur</c>; made where missing.</summary>
    public string Folder { get; set; } = "mail";
}
