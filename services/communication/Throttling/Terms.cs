namespace Loyalty.Communications.Throttling;

/// <summary>The few facts about mailing and person that decide which rules apply and how strictly; stored with every explanation.</summary>
internal readonly record struct Terms(
    MailingClass Class,
    Intent Intent,
    MailingKind Kind,
    Channel Channel,
    bool Urgent,
    bool Direct,
    FrequencyWish Wish,
    byte Stage,
    byte RequiredStage,
    RuleSet Lifted,
    long ExpiresAt)
{
    public bool IsMarketing => Class is MailingClass.Relationship or MailingClass.Promotion;

    /// <summary>PROMOTION always, RELATIONSHIP when it asks: those that a complaint or an old profile stops.</summary>
    public bool IsDelicate => Class == MailingClass.Promotion || (Class == MailingClass.Relationship && Intent == Intent.Ask);

    public static Terms Of(Mailing mailing, Profile profile) => new(
        mailing.Class, mailing.Intent, mailing.Kind, mailing.Channel, mailing.Urgent, mailing.Direct,
        profile.Wish, profile.Stage, mailing.RequiredStage, mailing.Lifted, mailing.ExpiresAt);
}
