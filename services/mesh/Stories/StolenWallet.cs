using Loyalty.Customers.V1;

namespace Loyalty.Mesh.Stories;

/// <summary>Story 1, as far as cards can be linked and found.</summary>
internal static class StolenWallet
{
    public static async Task PlayAsync(Stage stage)
    {
        var (card, second) = (People.NewCard(), People.NewCard());
        var ada = await People.RegisterAsync(stage, "Ada", People.Card(card), People.Email("ada"));
        stage.Teller.Say("Ada gets a card at the till and leaves her e-mail address. No form.");

        var found = await FindAsync(stage, card);
        stage.Teller.Check("the till finds Ada by her card", string.Equals(found.CustomerId, ada.CustomerId, StringComparison.Ordinal));

        var spaced = await FindAsync(stage, string.Join(' ', card.Chunk(4).Select(four => new string(four))));
        stage.Teller.Check("also when the number is typed with blanks", string.Equals(spaced.CustomerId, ada.CustomerId, StringComparison.Ordinal));

        await stage.Clients.Identities.LinkIdentifierAsync(
            new LinkIdentifierRequest { RequestId = People.NewId(), CustomerId = ada.CustomerId, Identifier = People.Card(second) }, stage.Call);
        stage.Teller.Say("She links a second card.");
        var bySecond = await FindAsync(stage, second);
        stage.Teller.Check("both cards lead to the same person", string.Equals(bySecond.CustomerId, ada.CustomerId, StringComparison.Ordinal));

        var stranger = await FindAsync(stage, People.NewCard());
        stage.Teller.Check(
            "a card that nobody has is an honest \"unknown\", not an error",
            stranger is { Outcome: FindCustomerResponse.Types.Outcome.Unknown, CustomerId.Length: 0 });
    }

    private static async Task<FindCustomerResponse> FindAsync(Stage stage, string card) =>
        await stage.Clients.Identities.FindCustomerAsync(new FindCustomerRequest { Identifier = People.Card(card) }, stage.Call);
}
