using Loyalty.Recognitions.Domain;

namespace Loyalty.Recognitions.Tests.Domain;

public sealed class RecognitionStateTests
{
    [Fact]
    public void States_have_the_names_and_numbers_of_the_contract() =>
        Enum.GetValues<RecognitionState>().Select(state => (state.ToString(), (int)state))
            .ShouldBe(Enum.GetValues<V1.RecognitionState>().Where(state => state != V1.RecognitionState.Unspecified).Select(state => (state.ToString(), (int)state)));

    [Fact]
    public void The_steps_are_these_and_no_others()
    {
        var states = Enum.GetValues<RecognitionState>();
        var steps = from a in states from b in states where a.MayBecome(b) select (a, b);
        steps.ShouldBe(
            [
                (RecognitionState.Granted, RecognitionState.Mailed),
                (RecognitionState.Granted, RecognitionState.Delivered), // the end was heard before the acceptance was noted
                (RecognitionState.Granted, RecognitionState.Undelivered),
                (RecognitionState.Mailed, RecognitionState.Delivered),
                (RecognitionState.Mailed, RecognitionState.Undelivered),
                (RecognitionState.Undelivered, RecognitionState.Delivered), // it had arrived after all
            ],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1234)]
    public void Every_act_has_words_that_complete_the_sentence(int kind) => ActWords.Of(kind).ShouldMatch("^[a-z].+[a-z]$");
}
