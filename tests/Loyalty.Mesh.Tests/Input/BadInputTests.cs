using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.Mesh.Stories;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.Recognitions.V1;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Input;

/// <summary>Through a real socket into a real process: what is refused changes no row of any service. Which field is wrong when, each service's own tests say in full.</summary>
public sealed class BadInputTests
{
    private const int OverTheLimit = 5 * 1024 * 1024; // the default is 4 MiB

    [Fact]
    public async Task A_refused_call_says_why_and_changes_no_row()
    {
        await using var mesh = await MeshDeployment.StartAsync();
        var clients = mesh.Clients;
        var (registration, template) = (Registration(), Template());
        var customer = (await clients.Customers.RegisterCustomerAsync(registration, Soon)).Customer;
        await clients.Templates.CreateTemplateAsync(template, Soon);
        var before = await SettledAsync(mesh);

        // Missing, over-long and malformed, once for each service.
        await NamesAsync("request_id", clients.Customers.RegisterCustomerAsync(Registration(r => r.RequestId = ""), Soon));
        await NamesAsync("display_name", clients.Customers.RegisterCustomerAsync(Registration(r => r.DisplayName = new string('x', 100_000)), Soon));
        await NamesAsync("identifiers[0].value", clients.Customers.RegisterCustomerAsync(Registration(r => r.Identifiers[0].Value = "no card"), Soon));
        await NamesAsync("identifier", clients.Identities.LinkIdentifierAsync(new() { RequestId = People.NewId(), CustomerId = customer.CustomerId }, Soon));
        await NamesAsync("evidence", clients.Preferences.SetConsentAsync(Consent(customer.CustomerId, c => c.Evidence = ""), Soon));
        await NamesAsync("occurred_at", clients.Interactions.RecordInteractionAsync(Fact(customer.CustomerId, f => f.OccurredAt = null), Soon));
        await NamesAsync("source_id", clients.Interactions.RecordInteractionAsync(Fact(customer.CustomerId, f => f.SourceId = new string('s', 129)), Soon));
        await NamesAsync("customer_id", clients.Interactions.RecordInteractionAsync(Fact("42"), Soon));
        await NamesAsync("customer_id", clients.Recognitions.ListRecognitionsAsync(new ListRecognitionsRequest { CustomerId = "42" }, Soon));
        await NamesAsync("request_id", clients.Mailings.SubmitMailingAsync(Mailing(customer.CustomerId, m => m.RequestId = new string('r', 65)), Soon));
        await NamesAsync("customer_id", clients.Mailings.SubmitMailingAsync(Mailing("42"), Soon));
        await NamesAsync("customer_id", clients.Attention.CheckAttentionAsync(new CheckAttentionRequest { CustomerId = "42", Template = "thanks", Channel = Channel.Email }, Soon));
        await NamesAsync("request_id", clients.Templates.CreateTemplateAsync(Template(t => t.RequestId = ""), Soon));

        // The same id with another payload.
        registration.DisplayName = "Somebody else";
        await ReusedAsync(clients.Customers.RegisterCustomerAsync(registration, Soon));
        template.Template.Texts[0].Text = "Another text.";
        await ReusedAsync(clients.Templates.CreateTemplateAsync(template, Soon));

        // Too large to be read at all.
        await ExhaustsAsync(clients.Customers.RegisterCustomerAsync(Registration(r => r.DisplayName = new string('x', OverTheLimit)), Soon));
        await ExhaustsAsync(clients.Interactions.RecordInteractionAsync(Fact(customer.CustomerId, f => f.Text = new string('x', OverTheLimit)), Soon));

        (await SettledAsync(mesh)).Text.ShouldBe(before.Text);
        await clients.Customers.RegisterCustomerAsync(Registration(), Soon);
        (await SettledAsync(mesh)).Text.ShouldNotBe(before.Text, "this is how a change would have been seen");
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        await using var mesh = await MeshDeployment.StartAsync();
        var request = Registration();
        var newer = request.ToByteArray().Concat(new byte[] { 0xFA, 0x3F, 2, (byte)'h', (byte)'i' }).ToArray(); // field 1023, as a later contract might have it
        var known = RegisterCustomerRequest.Parser.ParseFrom(newer);
        known.ToByteArray().Length.ShouldBe(newer.Length, "it is sent along");

        var customer = (await mesh.Clients.Customers.RegisterCustomerAsync(known, Soon)).Customer;

        customer.DisplayName.ShouldBe(request.DisplayName);
    }

    [Fact]
    public async Task A_wrong_token_or_a_missing_scope_changes_no_row()
    {
        using var folder = new TempFolder("jwks");
        using var issuer = new Issuer();
        using var stranger = new Issuer();
        await File.WriteAllTextAsync(folder["jwks.json"], issuer.Jwks);
        await using var mesh = await MeshDeployment.StartAsync(
            ("Auth__Mode", "jwt"), ("Auth__Issuer", Issuer.Name), ("Auth__Audience", Issuer.Audience), ("Auth__JwksFile", folder["jwks.json"]));
        var clients = mesh.Clients;
        var good = issuer.Token(scope: "customer.write");
        await clients.Customers.RegisterCustomerAsync(Registration(), With(good)); // shows that the door is not simply shut
        var before = await SettledAsync(mesh);

        (string? Token, StatusCode Code, string Reason)[] refused =
        [
            (null, StatusCode.Unauthenticated, "TOKEN_MISSING"),
            ("rubbish", StatusCode.Unauthenticated, "TOKEN_INVALID"),
            (stranger.Token(scope: "customer.write"), StatusCode.Unauthenticated, "TOKEN_INVALID"),
            (issuer.Token(scope: "customer.write", lives: TimeSpan.FromMinutes(-5)), StatusCode.Unauthenticated, "TOKEN_EXPIRED"),
            (issuer.Token(scope: "customer.write", audience: "others"), StatusCode.Unauthenticated, "TOKEN_AUDIENCE"),
            (issuer.Token(scope: "customer.read"), StatusCode.PermissionDenied, "SCOPE_MISSING"),
        ];
        foreach (var (token, code, reason) in refused)
        {
            var call = await RefusedCall.OfAsync(clients.Customers.RegisterCustomerAsync(Registration(), With(token)));
            (call.Code, call.Reason).ShouldBe((code, reason));
        }

        // What may be written in one service may not in another.
        await DeniedAsync(clients.Interactions.RecordInteractionAsync(Fact(Guid.NewGuid().ToString()), With(good)));
        await DeniedAsync(clients.Mailings.SubmitMailingAsync(Mailing(Guid.NewGuid().ToString()), With(good)));
        await DeniedAsync(clients.Templates.CreateTemplateAsync(Template(), With(good)));
        await DeniedAsync(clients.Recognitions.ListRecognitionsAsync(new ListRecognitionsRequest { CustomerId = Guid.NewGuid().ToString() }, With(good)));

        (await SettledAsync(mesh)).Text.ShouldBe(before.Text);
    }

    private static CallOptions Soon => new(deadline: DateTime.UtcNow.AddSeconds(20));

    private static CallOptions With(string? token) => token is null ? Soon : Soon.WithHeaders(new Metadata { { "authorization", $"Bearer {token}" } });

    private static RegisterCustomerRequest Registration(Action<RegisterCustomerRequest>? spoil = null) =>
        Spoilt(new() { RequestId = People.NewId(), DisplayName = "Ada", Country = "PL", Identifiers = { People.Card(People.NewCard()) } }, spoil);

    private static SetConsentRequest Consent(string customerId, Action<SetConsentRequest>? spoil = null) => Spoilt(
        new() { RequestId = People.NewId(), CustomerId = customerId, Purpose = Purpose.Marketing, Channel = Channel.Email, Given = true, Evidence = "the form" }, spoil);

    private static RecordInteractionRequest Fact(string customerId, Action<RecordInteractionRequest>? spoil = null) => Spoilt(
        new()
        {
            CustomerId = customerId,
            Kind = InteractionKind.Purchase,
            SourceSystem = "shop",
            SourceId = People.NewId(),
            OccurredAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).ToTimestamp(),
        },
        spoil);

    private static SubmitMailingRequest Mailing(string customerId, Action<SubmitMailingRequest>? spoil = null) =>
        Spoilt(new() { RequestId = People.NewId(), CustomerId = customerId, Template = "thanks" }, spoil);

    private static CreateTemplateRequest Template(Action<CreateTemplateRequest>? spoil = null) => Spoilt(
        new()
        {
            RequestId = People.NewId(),
            Template = new Template
            {
                Name = "offer",
                Class = MailingClass.Promotion,
                Intent = MailingIntent.Offer,
                Texts = { new TemplateText { Locale = "en", Subject = "New", Text = "Have a look." } },
            },
        },
        spoil);

    private static T Spoilt<T>(T request, Action<T>? spoil)
    {
        spoil?.Invoke(request);
        return request;
    }

    private static async Task NamesAsync<T>(string field, AsyncUnaryCall<T> call)
    {
        var refused = await RefusedCall.OfAsync(call);
        refused.Code.ShouldBe(StatusCode.InvalidArgument, field);
        refused.Fields.ShouldBe([field]);
    }

    private static async Task ReusedAsync<T>(AsyncUnaryCall<T> call)
    {
        var refused = await RefusedCall.OfAsync(call);
        (refused.Code, refused.Reason).ShouldBe((StatusCode.Aborted, "REQUEST_ID_REUSED"));
    }

    private static async Task DeniedAsync<T>(AsyncUnaryCall<T> call)
    {
        var refused = await RefusedCall.OfAsync(call);
        (refused.Code, refused.Reason).ShouldBe((StatusCode.PermissionDenied, "SCOPE_MISSING"));
    }

    private static async Task ExhaustsAsync<T>(AsyncUnaryCall<T> call) =>
        (await Should.ThrowAsync<RpcException>(call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.ResourceExhausted);

    private static Task<Rows> SettledAsync(MeshDeployment mesh) => Eventually.ReachesAsync(() => Rows.CountAsync(mesh.DataFolder), rows => rows.Settled);
}
