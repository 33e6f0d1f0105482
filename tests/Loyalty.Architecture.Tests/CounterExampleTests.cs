namespace Loyalty.Architecture.Tests;

/// <summary>The guards are seen to fail on faults written for them.</summary>
public sealed class CounterExampleTests
{
    private const string Root = "Loyalty.Architecture.Tests.CounterExamples.Service";

    private static readonly Type[] Faulty =
        [.. ImportTable.TypesOf(typeof(CounterExampleTests).Assembly).Where(type => type.Namespace!.StartsWith(Root, StringComparison.Ordinal))]; // TypesOf saw the namespace

    [Fact]
    public void Finds_an_import_that_points_upwards() =>
        ImportTable.Violations(Faulty, Root).ShouldHaveSingleItem().ShouldBe($"{Root}.Domain.RuleThatReadsADatabase → {Root}.Api.Switchboard");

    [Fact]
    public void Finds_a_rule_that_is_not_pure() =>
        ImportTable.ImpureReferences(Faulty, Root).ShouldContain(found => found.Contains("DefaultHttpContext", StringComparison.Ordinal));

    [Fact]
    public void Finds_a_call_that_the_table_does_not_allow() =>
        CallTable.Violations("Loyalty.Customers", Faulty).ShouldNotBeEmpty();

    [Fact]
    public void Finds_a_handler_that_calls_back() =>
        CallTable.CallsBack("Loyalty.Communications", Faulty).ShouldHaveSingleItem().ShouldContain("calls back Loyalty.Customers");

    [Fact]
    public void Lets_a_call_pass_that_nobody_could_have_started() =>
        CallTable.CallsBack("Loyalty.Recognitions", Faulty).ShouldBeEmpty();

    [Fact]
    public void Refuses_a_folder_that_the_table_does_not_know() =>
        Should.Throw<InvalidOperationException>(() => ImportTable.LayerOf(typeof(CounterExampleTests), "Loyalty.Architecture"));
}
