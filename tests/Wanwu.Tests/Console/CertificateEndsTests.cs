using Wanwu.Console.CertificateRoom;
using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Tests.Console;

/// <summary>When pages point at the end of a certificate.</summary>
public sealed class CertificateEndsTests
{
    private const long Day = 86_400_000_000;
    private static readonly Timestamp Now = Timestamp.Parse("2026-03-01T00:00:00Z", null);

    private static CertificateView Certificate(double age, double left, string state = "valid") => new(
        "5A", default, "", state, new Timestamp(Now.Microseconds - (long)(age * Day)), new Timestamp(Now.Microseconds + (long)(left * Day)), Now, null, null, null);

    [Theory]
    [InlineData(335, 30, true)]
    [InlineData(334, 31, false)]
    [InlineData(400, -5, true)]
    [InlineData(10, 10, false)]
    [InlineData(14, 6, true)]
    [InlineData(0.5, 0.5, false)]
    public void A_month_before_it_ends_or_in_its_last_third_where_it_was_made_for_less(double age, double left, bool isNear) =>
        Assert.Equal(isNear, CertificateEnds.IsNear(Certificate(age, left, left < 0 ? "expired" : "valid"), Now));

    [Fact]
    public void One_that_is_revoked_needs_no_successor() => Assert.False(CertificateEnds.IsNear(Certificate(360, 5, "revoked"), Now));

    [Theory]
    [InlineData(6.9, 6)]
    [InlineData(0.5, 0)]
    [InlineData(-3, 0)]
    public void Whole_days_are_left(double left, long days) => Assert.Equal(days, CertificateEnds.DaysLeft(Certificate(100, left), Now));
}
