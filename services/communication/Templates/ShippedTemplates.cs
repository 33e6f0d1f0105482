using Google.Protobuf;
using Loyalty.Communications.V1;

namespace Loyalty.Communications.Templates;

/// <summary>The templates that come with the service, approved, as version 1: what the other services mail without anybody writing a text first.</summary>
internal static class ShippedTemplates
{
    /// <summary>Who is said to have written and approved them.</summary>
    public const string By = "loyalty";

    private const string Prefix = "Loyalty.Communications.Templates.shipped.";

    /// <summary>From the embedded files Templates/shipped/*.json, in protobuf's JSON.</summary>
    public static IReadOnlyList<Template> All { get; } = [.. ReadAll()];

    private static IEnumerable<Template> ReadAll()
    {
        var assembly = typeof(ShippedTemplates).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!); // the name comes from the assembly itself
            var template = JsonParser.Default.Parse<Template>(reader);
            template.Version = 1;
            template.Approved = true;
            yield return template;
        }
    }
}
