using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;

namespace Loyalty.Mesh.Stories;

/// <summary>Story 9: someone helps newcomers and never asks for anything.</summary>
internal static class QuietHelper
{
    public static async Task PlayAsync(Stage stage)
    {
        var jan = await People.RegisterAsync(stage, "Jan", People.Email("jan"));
        await People.ConsentAsync(stage, jan.CustomerId, Purpose.Relationship);
        stage.Teller.Say("Jan answers newcomers' questions in a forum and never asks for anything.");
        await People.UntilKnownToTheGateAsync(stage, jan.CustomerId, "thanks");

        var answer = await HelpAsync(stage, jan.CustomerId, "forum-answer-1");
        stage.Teller.Check("the forum tells of it, and it counts as a hidden act", answer.HiddenAct);
        var again = await HelpAsync(stage, jan.CustomerId, "forum-answer-1");
        stage.Teller.Check("told twice, it is one fact", string.Equals(again.InteractionId, answer.InteractionId, StringComparison.Ordinal));

        Recognition? thanks = null;
        await stage.UntilAsync("Jan is thanked", async () =>
        {
            thanks = await ThanksAsync(stage, jan.CustomerId) is [var first, ..] ? first : null;
            return thanks is { MailingId.Length: > 0 };
        });
        stage.Teller.Check("he is thanked for this very act", string.Equals(thanks!.InteractionId, answer.InteractionId, StringComparison.Ordinal)); // UntilAsync saw it

        var mailing = await stage.MailingAsync(thanks.MailingId);
        stage.Teller.Decision("the thank-you", mailing.Decision);
        stage.Teller.Check(
            "with a personal mailing that gives and asks nothing, never with a discount",
            mailing is { Class: MailingClass.Relationship, Intent: MailingIntent.Give });
        stage.Watch(mailing.MailingId);
        await stage.AdvanceToAsync(stage.Now + TimeSpan.FromHours(24));
        stage.Teller.Check("it was sent", (await stage.MailingAsync(mailing.MailingId)).State == MailingState.Sent);
        await stage.UntilAsync(
            "recognition knows that it was delivered",
            async () => (await ThanksAsync(stage, jan.CustomerId)).Any(recognition => recognition.State == RecognitionState.Delivered));

        await HelpAsync(stage, jan.CustomerId, "forum-answer-2");
        var marker = await MarkerAsync(stage);
        stage.Teller.Check(
            "a second act in the same month is recorded, and not thanked for again at once",
            marker && (await ThanksAsync(stage, jan.CustomerId)).Count == 1);
    }

    private static async Task<Interaction> HelpAsync(Stage stage, string customerId, string sourceId) =>
        (await stage.Clients.Interactions.RecordInteractionAsync(
            new RecordInteractionRequest
            {
                CustomerId = customerId,
                Kind = InteractionKind.HelpedNewcomer,
                SourceSystem = "forum",
                SourceId = $"{customerId}/{sourceId}",
                OccurredAt = stage.Now.ToTimestamp(),
                Text = "explained how to change the filter",
            },
            stage.Call)).Interaction;

    /// <summary>Somebody else's act, later on the same road: when she has been thanked, recognition has looked at all that came before.</summary>
    private static async Task<bool> MarkerAsync(Stage stage)
    {
        var other = await People.RegisterAsync(stage, "Marker", People.Email("marker"));
        await HelpAsync(stage, other.CustomerId, "forum-answer-3");
        await stage.UntilAsync("another helper is thanked", async () => (await ThanksAsync(stage, other.CustomerId)).Count > 0);
        return true;
    }

    private static async Task<IReadOnlyList<Recognition>> ThanksAsync(Stage stage, string customerId) =>
        (await stage.Clients.Recognitions.ListRecognitionsAsync(new ListRecognitionsRequest { CustomerId = customerId }, stage.Call)).Recognitions;
}
