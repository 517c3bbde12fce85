using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Console.AccessRoom;

/// <summary>The last day on which something is to hold, as it is chosen in a form.</summary>
internal static class LastDay
{
    /// <summary>The end of that day (UTC); null without one. A day that is over is a fault of <c>expires</c>.</summary>
    public static Timestamp? EndOf(DateOnly? day, TimeProvider clock, FieldFaults faults)
    {
        if (day is not { } last) return null;
        var end = Timestamp.From(new DateTimeOffset(last.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));
        if (end <= Timestamp.Now(clock)) faults.Add("expires", "");
        return end;
    }
}
