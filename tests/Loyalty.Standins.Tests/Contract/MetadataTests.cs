using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;

namespace Loyalty.Standins.Tests.Contract;

public sealed class MetadataTests
{
    [Theory]
    [InlineData("Authorization", "authorization")]
    [InlineData("X-Request-ID", "x-request-id")]
    [InlineData("already.lower_1", "already.lower_1")]
    public void Keys_are_kept_in_lower_case(string key, string kept) => new Metadata.Entry(key, "v").Key.ShouldBe(kept);

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("colon:")]
    [InlineData("umläut")]
    [InlineData("new\nline")]
    [InlineData("slash/")]
    public void A_malformed_key_is_refused(string key)
    {
        Should.Throw<ArgumentException>(() => new Metadata.Entry(key, "v")).ParamName.ShouldBe("key");
        Should.Throw<ArgumentException>(() => new Metadata.Entry(key, [1]));
    }

    [Theory]
    [InlineData(":path")]
    [InlineData(":authority")]
    [InlineData(":status")]
    public void The_names_that_HTTP2_reserves_are_refused(string key) => Should.Throw<ArgumentException>(() => new Metadata.Entry(key, "v"));

    [Fact]
    public void The_name_of_the_rich_status_is_allowed_because_servers_send_it() =>
        new Metadata.Entry("grpc-status-details-bin", [8, 5]).ValueBytes.ShouldBe([8, 5]);

    [Fact]
    public void Every_key_is_accepted_exactly_if_the_wire_allows_it() => Prop.ForAll<NonNull<string>>(key =>
    {
        var lower = key.Get.ToLowerInvariant();
        var allowed = lower.Length > 0
            && lower.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.')
            && !lower.EndsWith("-bin", StringComparison.Ordinal);
        return allowed == Record.Exception(() => new Metadata.Entry(key.Get, "v")) is null;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("trace-bin")]
    [InlineData("Trace-BIN")]
    public void Keys_with_the_binary_suffix_hold_bytes_only(string key)
    {
        Should.Throw<ArgumentException>(() => new Metadata.Entry(key, "text"));

        var entry = new Metadata.Entry(key, [0, 255]);
        entry.IsBinary.ShouldBeTrue();
        entry.ValueBytes.ShouldBe([0, 255]);
        Should.Throw<InvalidOperationException>(() => entry.Value);
    }

    [Fact]
    public void Keys_without_the_binary_suffix_hold_text_only()
    {
        Should.Throw<ArgumentException>(() => new Metadata.Entry("trace", [1]));

        var entry = new Metadata.Entry("trace", "abc");
        entry.IsBinary.ShouldBeFalse();
        entry.Value.ShouldBe("abc");
        entry.ValueBytes.ShouldBe("abc"u8.ToArray());
    }

    [Fact]
    public void Null_is_refused()
    {
        Should.Throw<ArgumentNullException>(() => new Metadata.Entry(null!, "v")); // null on purpose
        Should.Throw<ArgumentNullException>(() => new Metadata.Entry("k", (string)null!));
        Should.Throw<ArgumentNullException>(() => new Metadata.Entry("k-bin", (byte[])null!));
        Should.Throw<ArgumentNullException>(() => new Metadata { (Metadata.Entry)null! });
    }

    [Fact]
    public void Bytes_are_copied_in_and_out()
    {
        var bytes = new byte[] { 1, 2 };
        var entry = new Metadata.Entry("k-bin", bytes);

        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        entry.ValueBytes.ShouldBe([1, 2]);
    }

    [Fact]
    public void A_key_may_stand_more_than_once_and_the_last_one_counts()
    {
        var metadata = new Metadata { { "a", "1" }, { "b", "2" }, { "A", "3" } };

        metadata.Get("a")!.Value.ShouldBe("3"); // was just added
        metadata.GetValue("A").ShouldBe("3");
        metadata.GetAll("a").Select(entry => entry.Value).ShouldBe(["1", "3"]);
        metadata.Select(entry => entry.Key).ShouldBe(["a", "b", "a"]);
        metadata.Get("c").ShouldBeNull();
        metadata.GetValue("c").ShouldBeNull();
        metadata.GetValueBytes("c").ShouldBeNull();
    }

    [Fact]
    public void It_is_a_list_in_the_order_of_adding()
    {
        var (first, second, third) = (new Metadata.Entry("a", "1"), new Metadata.Entry("b", "2"), new Metadata.Entry("c", "3"));
        var metadata = new Metadata { first, third };

        metadata.Insert(1, second);
        metadata.ShouldBe([first, second, third]);
        metadata.IndexOf(third).ShouldBe(2);
        metadata.Remove(first).ShouldBeTrue();
        metadata.RemoveAt(0);
        metadata[0] = second;
        metadata.ShouldBe([second]);
        metadata.Clear();
        metadata.Count.ShouldBe(0);
    }

    [Fact]
    public void The_empty_one_stays_empty()
    {
        Metadata.Empty.IsReadOnly.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => Metadata.Empty.Add("a", "1"));
        Should.Throw<InvalidOperationException>(() => Metadata.Empty.Clear());
        Metadata.Empty.ShouldBeEmpty();
    }
}
