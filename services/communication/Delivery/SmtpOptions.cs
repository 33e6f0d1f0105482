namespace Loyalty.Communications.Delivery;

/// <summary>How TLS is used towards the relay.</summary>
internal enum SmtpTls
{
    /// <summary>STARTTLS, required: a server that does not offer it, or an attacker who hides it, gets no mail.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Implicit,

    /// <summary>No TLS: for a relay on the same host only.</summary>
    None,
}

/// <summary>The relay that takes our mail, section <c>Smtp</c>. Not a record: nothing may print the password.</summary>
internal sealed class SmtpOptions
{
    /// <summary>Name or address of the relay. Empty: no relay, mail goes into a folder.</summary>
    public string Host { get; set; } = "";

    /// <summary>1 to 65535.</summary>
    public int Port { get; set; } = 587;

    /// <summary>StartTls, Implicit or None.</summary>
    public SmtpTls Tls { get; set; } = SmtpTls.StartTls;

    /// <summary>PEM file with the certificate authority of the relay, trusted instead of the system's. Empty: the system's.</summary>
    public string CertificateAuthorityFile { get; set; } = "";

    /// <summary>User for AUTH. Empty: no AUTH.</summary>
    public string User { get; set; } = "";

    /// <summary>Password for AUTH; required with a user. Never logged.</summary>
    public string Password { get; set; } = "";

    /// <summary>Whether the password may be sent with <see cref="SmtpTls.None"/>.</summary>
    public bool AllowAuthWithoutTls { get; set; }

    /// <summary>Name said in EHLO, a domain name. Empty: the address literal of our end of the connection.</summary>
    public string HeloName { get; set; } = "";

    /// <summary>Address that mail comes from, in the envelope and the header; bounces go there. Required with a host.</summary>
    public string From { get; set; } = "";

    /// <summary>Name shown beside <see cref="From"/>. May be empty.</summary>
    public string FromName { get; set; } = "";

    /// <summary>For the TCP connection and for the TLS handshake, each; 100 ms to 5 min.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For every write, and for every reply before the final dot's; 100 ms to 10 min.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For the reply to the final dot; 100 ms to 14 min (RFC 5321 asks for 10 min; the sweep gives up at 15).</summary>
    public TimeSpan FinalReplyTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Sessions open at once per process; 1 to 500.</summary>
    public int MaxSessions { get; set; } = 8;

    /// <summary>A session unused for so long is closed; 1 s to 1 h. Relays usually close at 5 min.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A session unused for so long is asked (RSET) before it is leased; 0 (always) to 1 h.</summary>
    public TimeSpan ProbeAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Mails on one session before it is replaced; 1 to 100000.</summary>
    public int MaxMailsPerSession { get; set; } = 100;

    /// <summary>Mails per second of this process; 0.001 to 100000. Nothing: no limit.</summary>
    public double? MaxPerSecond { get; set; }

    /// <summary>Mails that may leave at once after a rest, with <see cref="MaxPerSecond"/>; 1 to 100000.</summary>
    public int Burst { get; set; } = 10;

    /// <summary>Failures of the provider in a row that open the breaker; 1 to 1000. A refused AUTH opens it at once.</summary>
    public int BreakerFailures { get; set; } = 5;

    /// <summary>First pause of the breaker, doubled by each failed trial; 100 ms to 1 h.</summary>
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause of the breaker; <see cref="BreakerPause"/> to 1 d.</summary>
    public TimeSpan BreakerLongestPause { get; set; } = TimeSpan.FromMinutes(5);

    public bool IsConfigured => Host.Length > 0;

    /// <summary>Every fault of the settings, each with the setting's full name; none when no host is set. A password is never in a message.</summary>
    public IReadOnlyList<string> Faults(string section = "Smtp")
    {
        var faults = new List<string>();
        if (!IsConfigured)
            return faults;

        Require(Uri.CheckHostName(Host) != UriHostNameType.Unknown, nameof(Host), "must be a host name or an address");
        Require(Port is >= 1 and <= 65535, nameof(Port), "must be 1 to 65535");
        Require(Enum.IsDefined(Tls), nameof(Tls), "must be StartTls, Implicit or None");
        Require(CertificateAuthorityFile.Length == 0 || File.Exists(CertificateAuthorityFile), nameof(CertificateAuthorityFile), "must name a PEM file that exists");
        Require(User.Length == 0 || Password.Length > 0, nameof(Password), "is required with a user");
        Require(!User.Contains('\0', StringComparison.Ordinal), nameof(User), "must not contain NUL");
        Require(!Password.Contains('\0', StringComparison.Ordinal), nameof(Password), "must not contain NUL");
        Require(User.Length == 0 || Tls != SmtpTls.None || AllowAuthWithoutTls, nameof(AllowAuthWithoutTls), "must be true to send a password without TLS");
        Require(HeloName.Length == 0 || HeloName.Length <= 255 && Mailbox.IsAsciiDomain(HeloName), nameof(HeloName), "must be a domain name");
        Require(Mailbox.FaultOf(From) is null, nameof(From), $"must be an address: {Mailbox.FaultOf(From)}");
        Require(HeaderText.FaultOf(FromName) is null, nameof(FromName), $"must be a name: {HeaderText.FaultOf(FromName)}");
        RequireSpan(ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), nameof(ConnectTimeout));
        RequireSpan(CommandTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), nameof(CommandTimeout));
        RequireSpan(FinalReplyTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(14), nameof(FinalReplyTimeout));
        Require(MaxSessions is >= 1 and <= 500, nameof(MaxSessions), "must be 1 to 500");
        RequireSpan(IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(IdleTimeout));
        RequireSpan(ProbeAfter, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(ProbeAfter));
        Require(MaxMailsPerSession is >= 1 and <= 100_000, nameof(MaxMailsPerSession), "must be 1 to 100000");
        Require(MaxPerSecond is null or >= 0.001 and <= 100_000, nameof(MaxPerSecond), "must be 0.001 to 100000, or nothing");
        Require(Burst is >= 1 and <= 100_000, nameof(Burst), "must be 1 to 100000");
        Require(BreakerFailures is >= 1 and <= 1000, nameof(BreakerFailures), "must be 1 to 1000");
        RequireSpan(BreakerPause, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(BreakerPause));
        RequireSpan(BreakerLongestPause, BreakerPause, TimeSpan.FromDays(1), nameof(BreakerLongestPause));
        return faults;

        void Require(bool holds, string setting, string what)
        {
            if (!holds)
                faults.Add($"{section}:{setting} {what}.");
        }

        void RequireSpan(TimeSpan span, TimeSpan least, TimeSpan most, string setting) =>
            Require(span >= least && span <= most, setting, $"must be {least} to {most}");
    }
}
