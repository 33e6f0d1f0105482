using Grpc.Core;

namespace Loyalty.Standins.Tests.Contract;

public sealed class CredentialsTests
{
    private static readonly AsyncAuthInterceptor Token = (_, metadata) =>
    {
        metadata.Add("authorization", "Bearer t");
        return Task.CompletedTask;
    };

    [Fact]
    public void An_interceptor_reaches_the_transport_as_it_is_with_its_state()
    {
        var seen = new Seen();

        CallCredentials.FromInterceptor(Token).InternalPopulateConfiguration(seen, "state");

        seen.Interceptors.ShouldHaveSingleItem().ShouldBeSameAs(Token);
        seen.State.ShouldBe("state");
    }

    [Fact]
    public void Composed_call_credentials_reach_the_transport_in_their_order()
    {
        var (one, two) = (CallCredentials.FromInterceptor(Token), CallCredentials.FromInterceptor(Token));
        var seen = new Seen();

        CallCredentials.Compose(one, two).InternalPopulateConfiguration(seen, null);

        seen.Composed.ShouldBe([one, two]);
    }

    [Fact]
    public void Composing_takes_two_or_more()
    {
        Should.Throw<ArgumentException>(() => CallCredentials.Compose(CallCredentials.FromInterceptor(Token)));
        Should.Throw<ArgumentNullException>(() => CallCredentials.Compose(CallCredentials.FromInterceptor(Token), null!)); // null on purpose
        Should.Throw<ArgumentNullException>(() => CallCredentials.FromInterceptor(null!));
    }

    [Fact]
    public void Call_credentials_go_on_top_of_TLS_and_never_on_an_open_channel()
    {
        var token = CallCredentials.FromInterceptor(Token);
        var seen = new SeenChannel();

        ChannelCredentials.Create(ChannelCredentials.SecureSsl, token).InternalPopulateConfiguration(seen, null);

        seen.Said.ShouldBe([$"composite {ChannelCredentials.SecureSsl.GetHashCode()} {token.GetHashCode()}"]);
        Should.Throw<ArgumentException>(() => ChannelCredentials.Create(ChannelCredentials.Insecure, token));
        Should.Throw<ArgumentException>(() => ChannelCredentials.Create(ChannelCredentials.Create(ChannelCredentials.SecureSsl, token), token));
    }

    [Fact]
    public void Plain_channel_credentials_say_what_they_are()
    {
        var seen = new SeenChannel();

        ChannelCredentials.Insecure.InternalPopulateConfiguration(seen, null);
        ChannelCredentials.SecureSsl.InternalPopulateConfiguration(seen, null);
        new SslCredentials("roots", new KeyCertificatePair("chain", "key"), _ => true).InternalPopulateConfiguration(seen, null);

        seen.Said.ShouldBe(["insecure", "ssl   ", "ssl roots chain True"]);
    }

    private sealed class Seen : CallCredentialsConfiguratorBase
    {
        public List<AsyncAuthInterceptor> Interceptors { get; } = [];

        public IReadOnlyList<CallCredentials> Composed { get; private set; } = [];

        public object? State { get; private set; }

        public override void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials) => Composed = credentials;

        public override void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor)
        {
            State = state;
            Interceptors.Add(interceptor);
        }
    }

    private sealed class SeenChannel : ChannelCredentialsConfiguratorBase
    {
        public List<string> Said { get; } = [];

        public override void SetInsecureCredentials(object? state) => Said.Add("insecure");

        public override void SetSslCredentials(
            object? state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback) =>
            Said.Add($"ssl {rootCertificates} {keyCertificatePair?.CertificateChain} {verifyPeerCallback?.Invoke(new VerifyPeerContext("t", "p"))}");

        public override void SetCompositeCredentials(object? state, ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
            Said.Add($"composite {channelCredentials.GetHashCode()} {callCredentials.GetHashCode()}");
    }
}
