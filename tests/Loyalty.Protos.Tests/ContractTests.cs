using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;

namespace Loyalty.Protos.Tests;

public sealed partial class ContractTests
{
    private static readonly string ProtosFolder = FindProtos();

    [Fact]
    public void Breaks_nothing_that_was_promised()
    {
        var path = Path.Combine(ProtosFolder, "snapshot.txt");
        if (Environment.GetEnvironmentVariable("LOYALTY_ADD_TO_SNAPSHOT") is "1")
            File.WriteAllLines(path, ContractSnapshot.Lines().Union(File.ReadAllLines(path), StringComparer.Ordinal).Order(StringComparer.Ordinal));
        var promised = File.ReadAllLines(path);
        ContractSnapshot.Broken(promised, ContractSnapshot.Lines())
            .ShouldBeEmpty("a contract that clients rely on was changed; add beside it instead, and remove with `reserved` a release later");
        ContractSnapshot.Broken(ContractSnapshot.Lines(), promised)
            .ShouldBeEmpty("new in the contracts: review these lines and add them to protos/snapshot.txt (LOYALTY_ADD_TO_SNAPSHOT=1 does)");
    }

    [Fact]
    public void Sees_a_removed_field_as_a_break() =>
        ContractSnapshot.Broken([.. ContractSnapshot.Lines(), "message loyalty.customer.v1.Customer 99 gone STRING"], ContractSnapshot.Lines())
            .ShouldHaveSingleItem().ShouldContain("gone");

    [Fact]
    public void Every_package_is_its_path()
    {
        foreach (var file in ContractSnapshot.Files)
            Path.GetDirectoryName(file.Name)!.Replace('/', '.').ShouldBe(file.Package); // every proto lies in a folder
    }

    [Fact]
    public void Every_enum_begins_unspecified()
    {
        foreach (var type in ContractSnapshot.Files.SelectMany(file => file.EnumTypes).Concat(ContractSnapshot.Messages.SelectMany(message => message.EnumTypes)))
            type.FindValueByNumber(0).Name.ShouldEndWith("_UNSPECIFIED");
    }

    [Fact]
    public void Every_rpc_has_its_own_request_and_response()
    {
        foreach (var method in ContractSnapshot.Files.SelectMany(file => file.Services).SelectMany(service => service.Methods))
        {
            method.InputType.Name.ShouldBe(method.Name + "Request");
            method.OutputType.Name.ShouldBe(method.Name + "Response");
        }
    }

    [Fact]
    public void Every_list_is_paged()
    {
        foreach (var method in ContractSnapshot.Files.SelectMany(file => file.Services).SelectMany(service => service.Methods)
                     .Where(method => method.Name.StartsWith("List", StringComparison.Ordinal)))
        {
            method.InputType.FindFieldByName("page_size").ShouldNotBeNull(method.FullName);
            method.InputType.FindFieldByName("page_token").ShouldNotBeNull(method.FullName);
            method.OutputType.FindFieldByName("next_page_token").ShouldNotBeNull(method.FullName);
        }
    }

    [Fact]
    public void Every_rpc_says_what_it_refuses_whether_a_retry_is_safe_and_its_scope()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(ProtosFolder, "loyalty"), "*_service.proto", SearchOption.AllDirectories))
        {
            foreach (Match rpc in RpcWithComment().Matches(File.ReadAllText(path)))
            {
                var comment = rpc.Groups["comment"].Value;
                comment.ShouldContain("Refuses", Case.Sensitive, rpc.Groups["name"].Value);
                comment.ShouldContain("retry", Case.Sensitive, rpc.Groups["name"].Value);
                comment.ShouldContain("Scope ", Case.Sensitive, rpc.Groups["name"].Value);
            }
        }
    }

    /// <summary>Names that would carry a personal value; ids, revisions and choices may travel.</summary>
    [Fact]
    public void No_event_carries_a_personal_value()
    {
        string[] personal = ["display_name", "name", "address", "email", "phone", "value", "text", "subject", "birthday", "variables", "note"];
        var events = ContractSnapshot.Files.Where(file => file.Name.EndsWith("_events.proto", StringComparison.Ordinal)).SelectMany(file => file.MessageTypes);
        foreach (var said in events)
            FieldsBelow(said, []).Where(field => personal.Contains(field.Name, StringComparer.Ordinal)).Select(field => field.FullName).ShouldBeEmpty();
        FieldsBelow(Customers.V1.Customer.Descriptor, []).ShouldContain(field => personal.Contains(field.Name), "the guard finds them where they may stand");
    }

    private static IEnumerable<FieldDescriptor> FieldsBelow(MessageDescriptor message, HashSet<string> seen)
    {
        if (!seen.Add(message.FullName))
            yield break;
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            yield return field;
            if (field.FieldType == FieldType.Message)
            {
                foreach (var below in FieldsBelow(field.MessageType, seen))
                    yield return below;
            }
        }
    }

    private static string FindProtos()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var protos = Path.Combine(folder.FullName, "protos");
            if (Directory.Exists(protos) && File.Exists(Path.Combine(folder.FullName, "Loyalty.sln")))
                return protos;
        }

        throw new InvalidOperationException("The folder protos/ beside Loyalty.sln is not above the tests.");
    }

    [GeneratedRegex(@"(?<comment>(?:^[ \t]*//[^\n]*\n)*)^[ \t]*rpc (?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RpcWithComment();
}
