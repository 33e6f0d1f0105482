using Loyalty.Customers.Domain;

namespace Loyalty.Customers.Tests.Domain;

public sealed class AwakeWindowTests
{
    [Theory]
    [InlineData("09:00", "21:00")]
    [InlineData("22:00", "06:30")] // crosses midnight
    [InlineData("23:59", "01:59")]
    [InlineData("00:00", "02:00")]
    public void A_window_of_two_hours_or_more_is_kept_as_it_was_written(string from, string until)
    {
        AwakeWindow.TryRead(from, until, out var window, out _, out var problem).ShouldBeTrue(problem);
        window.ShouldNotBeNull().FromText.ShouldBe(from);
        window.UntilText.ShouldBe(until);
        AwakeWindow.Stored(window.From, window.Until).ShouldBe(window);
    }

    [Theory]
    [InlineData("9:00", "21:00", "from")]
    [InlineData("24:00", "21:00", "from")]
    [InlineData("", "21:00", "from")]
    [InlineData("09:00", "21.00", "until")]
    [InlineData("09:00", "09:00", "until")]
    [InlineData("09:00", "10:59", "until")]
    [InlineData("23:00", "00:59", "until")]
    public void Anything_else_is_refused_by_field(string from, string until, string field)
    {
        AwakeWindow.TryRead(from, until, out var window, out var wrong, out _).ShouldBeFalse();
        window.ShouldBeNull();
        wrong.ShouldBe(field);
    }
}
