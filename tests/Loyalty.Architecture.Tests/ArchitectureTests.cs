using System.Reflection;
using Loyalty.Communications;
using Loyalty.Customers;
using Loyalty.Interactions;
using Loyalty.Recognitions;

namespace Loyalty.Architecture.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly[] Services =
    [
        typeof(CustomersModule).Assembly, typeof(InteractionsModule).Assembly, typeof(RecognitionsModule).Assembly, typeof(CommunicationsModule).Assembly,
    ];

    public static TheoryData<string> ServiceNames => [.. Services.Select(NameOf)];

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void A_service_references_no_other_service(string service) =>
        AssemblyNamed(service).GetReferencedAssemblies()
            .Select(reference => reference.Name)
            .Where(name => name is not null && (ServiceNames.Any(row => string.Equals(row.Data, name, StringComparison.Ordinal)) || name is "Loyalty.Mesh"))
            .ShouldBeEmpty();

    [Fact]
    public void The_defaults_and_the_contracts_reference_no_service()
    {
        foreach (var lower in (Assembly[])[typeof(ServiceDefaults.Hosting.ServiceModule).Assembly, typeof(Customers.V1.Customer).Assembly])
        {
            lower.GetReferencedAssemblies().Select(reference => reference.Name)
                .Where(name => ServiceNames.Any(row => string.Equals(row.Data, name, StringComparison.Ordinal)))
                .ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void Imports_point_downwards_only(string service) =>
        ImportTable.Violations(ImportTable.TypesOf(AssemblyNamed(service)), service).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void Rules_use_only_the_base_class_library_and_NodaTime(string service) =>
        ImportTable.ImpureReferences(ImportTable.TypesOf(AssemblyNamed(service)), service).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void A_service_calls_only_whom_the_call_table_allows(string service) =>
        CallTable.Violations(service, ImportTable.TypesOf(AssemblyNamed(service))).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void A_handler_reached_by_a_call_never_calls_back(string service) =>
        CallTable.CallsBack(service, [.. ImportTable.TypesOf(AssemblyNamed(service))]).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void RpcException_stays_in_the_defaults(string service) =>
        ImportTable.TypesOf(AssemblyNamed(service))
            .Where(type => TypeReferences.Of(type).Contains(typeof(Grpc.Core.RpcException)))
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    private static string NameOf(Assembly assembly) => assembly.GetName().Name!; // a loaded assembly has a name

    private static Assembly AssemblyNamed(string name) => Services.Single(service => string.Equals(NameOf(service), name, StringComparison.Ordinal));
}
