namespace Loyalty.Communications.Throttling;

/// <summary>
/// The published numbers of the pressure formula. Compiled in, not policy: stored sums are read with them, so two policies side by
/// side must mean the same by a stored sum.
/// </summary>
internal static class Burdens
{
    /// <summary>Half-life of asks, gives and offers.</summary>
    public const long ReciprocityHalfLife = 90 * Instants.Day;

    /// <summary>What one offer adds to the sum of offers.</summary>
    public const double Offer = 0.1;

    /// <summary>Asks less gives never fall below this: ten gifts do not buy ten asks.</summary>
    public const double ReciprocityFloor = -2;

    /// <summary>Half-life of the pressure of one channel; a messenger wears like e-mail.</summary>
    public static long HalfLife(Channel channel) => channel switch
    {
        Channel.Sms => 14 * Instants.Day,
        Channel.Push => 3 * Instants.Day,
        _ => 7 * Instants.Day,
    };

    /// <summary>Weight w in thousandths.</summary>
    public static ushort Weight(MailingClass @class, Intent intent) => @class switch
    {
        MailingClass.Relationship or MailingClass.Promotion => intent switch
        {
            Intent.Give => 250,
            Intent.Inform => 600,
            Intent.Offer => 1000,
            _ => 1500,
        },
        _ => 0,
    };

    /// <summary>Factor r in thousandths; starts higher where the channel would have told us of an opening.</summary>
    public static ushort Factor(Channel channel, Response response) => response switch
    {
        Response.ClickedOrReplied => 300,
        Response.Opened => 700,
        Response.DeletedUnread => 1500,
        _ => channel == Channel.Email ? (ushort)1200 : (ushort)1000,
    };

    /// <summary>What a send adds to the asks.</summary>
    public static double Ask(MailingKind kind) =>
        kind is MailingKind.Referral or MailingKind.Review or MailingKind.Opinion ? 1.0 : 0;

    /// <summary>What a send adds to the gives.</summary>
    public static double Give(MailingKind kind) => kind switch
    {
        MailingKind.Thanks or MailingKind.Praise => 0.5,
        MailingKind.Gift or MailingKind.Surprise => 1.0,
        _ => 0,
    };
}
