using Loyalty.Mesh.Replay;

namespace Loyalty.Mesh.Tests.Replay;

/// <summary>A replay fails on each thing that it promises to count.</summary>
public sealed class ReplayOutcomeTests
{
    [Fact]
    public void Holds_when_caps_are_reached_and_everything_is_accounted_for() => Held().CapsHeld.ShouldBeTrue();

    public static TheoryData<string> Faults => ["cap in 7 days", "cap in 30 days", "twice", "lost", "received and not sent"];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Breaks_on_each_fault_alone(string fault)
    {
        var outcome = Held();
        switch (fault)
        {
            case "cap in 7 days":
                outcome.MostIn7Days++;
                break;
            case "cap in 30 days":
                outcome.MostIn30Days++;
                break;
            case "twice":
                outcome.Repeated++;
                break;
            case "lost":
                outcome.Submitted++;
                break;
            default:
                outcome.Received++;
                break;
        }

        outcome.CapsHeld.ShouldBeFalse();
    }

    private static ReplayOutcome Held()
    {
        var outcome = new ReplayOutcome { CapIn7Days = 3, CapIn30Days = 7, MostIn7Days = 3, MostIn30Days = 7, Submitted = 10, Sent = 8, Received = 8 };
        outcome.NotSent["Expired (EXPIRED)"] = 2;
        return outcome;
    }
}
