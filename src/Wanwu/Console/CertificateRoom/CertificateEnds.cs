using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Console.CertificateRoom;

/// <summary>When the end of a certificate is near enough to be pointed at.</summary>
internal static class CertificateEnds
{
    private const long Day = 86_400_000_000;
    /// <summary>Days before its end, and after it, for which a certificate without a successor is pointed at.</summary>
    public const int Days = 30;

    public static Timestamp Earliest(Timestamp now) => new(now.Microseconds - Days * Day);

    public static Timestamp Latest(Timestamp now) => new(now.Microseconds + Days * Day);

    /// <summary>One that was made for a short time is near its end in the last third of it alone.</summary>
    public static bool IsNear(CertificateView certificate, Timestamp now)
    {
        var left = certificate.NotAfter.Microseconds - now.Microseconds;
        return certificate.State != "revoked" && left <= Days * Day && left <= (certificate.NotAfter.Microseconds - certificate.NotBefore.Microseconds) / 3;
    }

    /// <summary>Whole days that are left, none where it has ended.</summary>
    public static long DaysLeft(CertificateView certificate, Timestamp now) => Math.Max(0, (certificate.NotAfter.Microseconds - now.Microseconds) / Day);
}
