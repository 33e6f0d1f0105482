using System.Reflection.Metadata;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace Loyalty.Standins.Tests.Shape;

/// <summary>The real server and the real client find in the stand-ins everything they were compiled against.</summary>
public sealed class ReferenceTests : IDisposable
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal) { "Grpc.Core.Api", "Grpc.Net.Common" };

    private readonly AssemblyShape _api = new(typeof(Status).Assembly.Location);
    private readonly AssemblyShape _common = new(typeof(ICompressionProvider).Assembly.Location);

    public static TheoryData<string> Packages =>
        [typeof(GrpcServiceOptions).Assembly.Location, typeof(GrpcChannel).Assembly.Location];

    public void Dispose()
    {
        _api.Dispose();
        _common.Dispose();
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Every_type_member_and_slot_that_a_package_wants_is_there(string path)
    {
        using var package = new AssemblyShape(path);

        package.WantedMembers(Names).Count().ShouldBeGreaterThan(50);
        package.WantedSlots(Names).Count().ShouldBeGreaterThan(10);
        Linker.Unresolved(package, _api, _common).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_package_is_the_one_for_this_framework(string path)
    {
        using var package = new AssemblyShape(path);

        package.TargetFramework.ShouldBe(".NETCoreApp,Version=v10.0");
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Version_and_key_are_those_that_a_package_names(string path)
    {
        using var package = new AssemblyShape(path);

        foreach (var (name, version) in package.AssemblyReferences.Where(reference => Names.Contains(reference.Name)))
            (name is "Grpc.Core.Api" ? _api : _common).Version.ShouldBe(version);
        _api.PublicKey.ShouldBe(package.PublicKey);
        _common.PublicKey.ShouldBe(package.PublicKey);
        typeof(Status).Assembly.GetName().GetPublicKeyToken().ShouldBe(Convert.FromHexString("d754f35622e28bad"));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void No_other_gRPC_assembly_is_wanted(string path)
    {
        using var package = new AssemblyShape(path);

        package.AssemblyReferences.Select(reference => reference.Name)
            .Where(name => name.StartsWith("Grpc.", StringComparison.Ordinal))
            .ShouldAllBe(name => Names.Contains(name));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Every_type_of_a_package_loads(string path) =>
        Should.NotThrow(() => System.Reflection.Assembly.LoadFrom(path).GetTypes()).ShouldNotBeEmpty();

    [Fact]
    public void The_linker_binds_a_forged_reference_that_is_right()
    {
        using var forged = Forgery.Wanting("Grpc.Core.Status", "get_Detail", s => s.Parameters(0, r => r.Type().String(), _ => { }));

        Linker.Unresolved(forged, _api, _common).ShouldBeEmpty();
    }

    [Fact]
    public void The_linker_misses_a_member_that_is_not_there()
    {
        using var forged = Forgery.Wanting("Grpc.Core.Status", "get_Mood", s => s.Parameters(0, r => r.Type().String(), _ => { }));

        Linker.Unresolved(forged, _api, _common).ShouldBe(["member [Grpc.Core.Api]Grpc.Core.Status::get_Mood`0() : String"]);
    }

    [Fact]
    public void The_linker_misses_a_member_whose_return_type_differs()
    {
        using var forged = Forgery.Wanting("Grpc.Core.Status", "get_Detail", s => s.Parameters(0, r => r.Type().Object(), _ => { }));

        Linker.Unresolved(forged, _api, _common).ShouldBe(["member [Grpc.Core.Api]Grpc.Core.Status::get_Detail`0() : Object"]);
    }

    [Fact]
    public void The_linker_misses_a_member_whose_parameters_differ()
    {
        using var forged = Forgery.Wanting("Grpc.Core.Metadata", "Add", s => s.Parameters(
            2, r => r.Void(), p => { p.AddParameter().Type().String(); p.AddParameter().Type().Int32(); }));

        Linker.Unresolved(forged, _api, _common).ShouldBe(["member [Grpc.Core.Api]Grpc.Core.Metadata::Add`0(String, Int32) : Void"]);
    }

    [Fact]
    public void The_linker_misses_a_slot_that_an_override_needs()
    {
        using var right = Forgery.Overriding("Grpc.Core.ServerCallContext", "get_HostCore", s => s.Parameters(0, r => r.Type().String(), _ => { }));
        using var wrong = Forgery.Overriding("Grpc.Core.ServerCallContext", "get_GhostCore", s => s.Parameters(0, r => r.Type().String(), _ => { }));

        Linker.Unresolved(right, _api, _common).ShouldBeEmpty();
        Linker.Unresolved(wrong, _api, _common)
            .ShouldBe(["slot [Grpc.Core.Api]Grpc.Core.ServerCallContext::get_GhostCore`0() : String for .Heir"]);
    }

    [Fact]
    public void The_linker_misses_a_type_that_is_elsewhere()
    {
        using var forged = Forgery.Wanting("Grpc.Core.ConnectivityState", "ToString", s => s.Parameters(0, r => r.Type().String(), _ => { }));

        Linker.Unresolved(forged, _api, _common)[0].ShouldBe("type [Grpc.Core.Api]Grpc.Core.ConnectivityState");
    }

    [Fact]
    public void The_linker_keeps_strangers_out_of_internals()
    {
        using var friend = WantingAnInternal("Grpc.AspNetCore.Server");
        using var stranger = WantingAnInternal("Stranger");

        Linker.Unresolved(friend, _api, _common).ShouldBeEmpty();
        Linker.Unresolved(stranger, _api, _common).ShouldHaveSingleItem().ShouldContain("get_IsComposable");

        static AssemblyShape WantingAnInternal(string by) => Forgery.Wanting(
            "Grpc.Core.ChannelCredentials", "get_IsComposable", s => s.Parameters(0, r => r.Type().Boolean(), _ => { }), by);
    }
}
