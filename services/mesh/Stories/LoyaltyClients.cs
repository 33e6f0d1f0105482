using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;

namespace Loyalty.Mesh.Stories;

/// <summary>Every service's clients, over one channel (the mesh) or one each (four processes).</summary>
internal sealed class LoyaltyClients(ChannelBase customer, ChannelBase interaction, ChannelBase recognition, ChannelBase communication)
{
    public LoyaltyClients(ChannelBase mesh)
        : this(mesh, mesh, mesh, mesh)
    {
    }

    public CustomerService.CustomerServiceClient Customers { get; } = new(customer);

    public IdentityService.IdentityServiceClient Identities { get; } = new(customer);

    public PreferenceService.PreferenceServiceClient Preferences { get; } = new(customer);

    public InteractionService.InteractionServiceClient Interactions { get; } = new(interaction);

    public RecognitionService.RecognitionServiceClient Recognitions { get; } = new(recognition);

    public MailingService.MailingServiceClient Mailings { get; } = new(communication);

    public AttentionService.AttentionServiceClient Attention { get; } = new(communication);

    public TemplateService.TemplateServiceClient Templates { get; } = new(communication);
}
