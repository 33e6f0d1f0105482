namespace Loyalty.Communications.Delivery;

/// <summary>Where mail goes when no relay is configured, section <c>Maildir</c>.</summary>
internal sealed class MaildirOptions
{
    /// <summary>Folder that holds <c>tmp</c>, <c>new</c> and <c>cur</c>; made where missing.</summary>
    public string Folder { get; set; } = "mail";

    /// <summary>Whether a mail is on the disk before it counts as accepted. Without it a power cut (not a crash of the process) may lose mails; for simulations.</summary>
    public bool Flush { get; set; } = true;
}
