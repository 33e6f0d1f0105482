using System.Security.Cryptography;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Tests.Secrets;

public sealed class SecretsTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    public static TheoryData<Provider> Both => [Provider.Postgres, Provider.Sqlite];

    [Theory, MemberData(nameof(Both))]
    public async Task A_sealed_value_opens_for_its_customer_alone_and_looks_different_each_time(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var values = new PersonalValues<ProbeModule>(new ProbeModule(), Ring(("a", 1)));
        var (anna, ben) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var key = await store.Database.WriteAsync(tx => values.CreateKeyAsync(tx, anna), Ct);
        var benKey = await store.Database.WriteAsync(tx => values.CreateKeyAsync(tx, ben), Ct);
        var box = key.Seal("Żółć 1");
        box.ShouldNotBe(key.Seal("Żółć 1"));

        var read = await store.Database.ReadAsync(s => values.KeysAsync(s, [anna, ben, Guid.NewGuid()]), Ct);
        read.Count.ShouldBe(2);
        read[anna].Open(box).ShouldBe("Żółć 1");
        (await store.Database.WriteAsync(tx => values.CreateKeyAsync(tx, anna), Ct)).Open(box).ShouldBe("Żółć 1"); // the same key
        Should.Throw<CryptographicException>(() => benKey.Open(box));
        box[^1] ^= 1;
        Should.Throw<CryptographicException>(() => key.Open(box));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_destroyed_key_is_gone_with_the_commit(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var values = new PersonalValues<ProbeModule>(new ProbeModule(), Ring(("a", 1)));
        var anna = Guid.CreateVersion7();
        await store.Database.WriteAsync(tx => values.CreateKeyAsync(tx, anna), Ct);
        (await store.Database.ReadAsync(s => values.KeyAsync(s, anna), Ct)).ShouldNotBeNull();
        await store.Database.WriteAsync(tx => values.DestroyKeysAsync(tx, [anna]), Ct);
        (await store.Database.ReadAsync(s => values.KeyAsync(s, anna), Ct)).ShouldBeNull();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_newest_master_key_wraps_and_older_ones_still_open_until_everything_is_rewrapped(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var module = new ProbeModule();
        var (anna, ben) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var old = new PersonalValues<ProbeModule>(module, Ring(("2025", 1)));
        var both = new PersonalValues<ProbeModule>(module, Ring(("2025", 1), ("2026", 2)));
        var recent = new PersonalValues<ProbeModule>(module, Ring(("2026", 2)));
        var box = (await store.Database.WriteAsync(tx => old.CreateKeyAsync(tx, anna), Ct)).Seal("anna");
        await store.Database.WriteAsync(tx => both.CreateKeyAsync(tx, ben), Ct);

        (await store.Database.ReadAsync(s => both.KeyAsync(s, anna), Ct)).ShouldNotBeNull().Open(box).ShouldBe("anna");
        var missing = await Should.ThrowAsync<CryptographicException>(store.Database.ReadAsync(s => recent.KeyAsync(s, anna), Ct));
        missing.Message.ShouldContain("Keys__Master__2025");

        (await store.Database.WriteAsync(tx => both.RewrapAsync(tx, Guid.Empty), Ct)).Wrapped.ShouldBe(1);
        (await store.Database.WriteAsync(tx => both.RewrapAsync(tx, Guid.Empty), Ct)).Wrapped.ShouldBe(0);
        (await store.Database.ReadAsync(s => recent.KeyAsync(s, anna), Ct)).ShouldNotBeNull().Open(box).ShouldBe("anna");
    }

    [Fact]
    public void A_lookup_hash_depends_on_kind_value_key_and_service_and_on_nothing_else()
    {
        var hash = new LookupHash<ProbeModule>(new ProbeModule(), Ring(("a", 1)));
        var rotated = new LookupHash<ProbeModule>(new ProbeModule(), Ring(("a", 1), ("b", 2)));
        hash.Of("phone", "+31201234567").Length.ShouldBe(32);
        hash.Of("phone", "+31201234567").ShouldBe(rotated.Of("phone", "+31201234567"));
        hash.Of("phone", "+31201234567").ShouldNotBe(hash.Of("card", "+31201234567"));
        hash.Of("phone", "+31201234567").ShouldNotBe(hash.Of("phone", "+31201234568"));
        new LookupHash<Messaging.CommunicationProbe>(new Messaging.CommunicationProbe(), Ring(("a", 1))).Of("phone", "1").ShouldNotBe(hash.Of("phone", "1"));
    }

    [Fact]
    public async Task Without_configured_keys_they_are_made_once_for_all_who_start_together()
    {
        using var folder = new TempFolder("keys");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Data:Folder", folder.FullPath)]).Build();
        var hashes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            Convert.ToHexString(new LookupHash<ProbeModule>(new ProbeModule(), configuration).Of("phone", "1")))));
        hashes.Distinct().Count().ShouldBe(1);
        foreach (var file in Directory.GetFiles(folder["keys"]))
            if (!OperatingSystem.IsWindows())
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("Keys:Master:a", "c2hvcnQ=", "Keys__Master__a")]
    [InlineData("Keys:Master:a", "no base64", "Keys__Master__a")]
    [InlineData("Keys:Lookup", "c2hvcnQ=", "Keys__Master__")]
    public void A_key_that_is_wrong_or_missing_is_named(string setting, string value, string named)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(setting, value)]).Build();
        Should.Throw<InvalidOperationException>(() => new PersonalValues<ProbeModule>(new ProbeModule(), configuration)).Message.ShouldContain(named);
    }

    private static IConfiguration Ring(params (string Id, byte Fill)[] masters) => new ConfigurationBuilder().AddInMemoryCollection(
    [
        .. masters.Select(master => new KeyValuePair<string, string?>($"Keys:Master:{master.Id}", Key(master.Fill))),
        new("Keys:Lookup", Key(9)),
    ]).Build();

    private static string Key(byte fill) => Convert.ToBase64String(Enumerable.Repeat(fill, 32).ToArray());
}
