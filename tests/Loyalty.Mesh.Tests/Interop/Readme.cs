using System.Text.RegularExpressions;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Interop;

/// <summary>The root README, which promises that it can be copied from.</summary>
internal static partial class Readme
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    /// <summary>The one block of code in a language, without its fences.</summary>
    public static string Block(string language) =>
        Blocks().Matches(Text).Where(block => block.Groups["language"].Value == language).ShouldHaveSingleItem().Groups["code"].Value;

    /// <summary>The body that the grpcurl line sends.</summary>
    public static string GrpcurlJson() => Grpcurl().Matches(Text).ShouldHaveSingleItem().Groups["json"].Value;

    /// <summary>What the grpcurl line calls: "package.Service/Method".</summary>
    public static string GrpcurlMethod() => Grpcurl().Matches(Text).ShouldHaveSingleItem().Groups["method"].Value;

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"grpcurl -plaintext -d '(?<json>[^']*)' 127\.0\.0\.1:8080 (?<method>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Grpcurl();
}
