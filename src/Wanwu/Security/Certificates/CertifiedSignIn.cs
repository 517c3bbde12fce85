using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>Tells from a certificate that was shown at a door which thing is there. The same for every door.</summary>
internal sealed class CertifiedSignIn(SignIn signIn, DeviceCertificates certificates)
{
    /// <param name="userName">What the client calls itself besides; null where it says nothing.</param>
    /// <returns>The thing; or a sentence on why it is not let in.</returns>
    public async ValueTask<(Caller? Caller, string? Reason)> CheckAsync(ClientCertificate certificate, string? userName, CancellationToken stop) => certificate switch
    {
        { Fault: { } fault } => (null, fault),
        { Things.Count: 0 } => (null, $"The client certificate '{certificate.Subject}' names no thing, and no user name was given. Its common name, or an alternative name, must be the thing's id."),
        { Things.Count: > 1 } => (null, $"The client certificate '{certificate.Subject}' names several things; it can be that of one."),
        { Things: [var thing] } when userName is not null && userName != thing.ToString() =>
            (null, $"The client certificate is that of the thing {thing}, but the user name is '{(userName.Length > 64 ? userName[..64] + "…" : userName)}'."),
        { Things: [var thing] } => await CheckAsync(certificate, thing, stop),
    };

    private async ValueTask<(Caller?, string?)> CheckAsync(ClientCertificate certificate, ThingId thing, CancellationToken stop)
    {
        var standing = certificate.IsOwn ? await certificates.StandingAsync(certificate, thing, stop) : CertificateStanding.Valid;
        var reason = standing switch
        {
            CertificateStanding.Valid => null,
            CertificateStanding.Revoked => $"The certificate {certificate.Serial} of the thing {thing} is revoked.",
            CertificateStanding.Expired => $"The certificate {certificate.Serial} of the thing {thing} has expired.",
            _ => $"The certificate {certificate.Serial} is not in the registry. It may have been issued after the backup that was restored: issue a new one.",
        };
        if (reason is not null) return (null, reason);
        return await signIn.CheckCertifiedAsync(thing, stop) switch
        {
            ({ } caller, _) => (caller with { Certificate = certificate.IsOwn ? certificate.Serial : null }, null),
            (_, SignInFault.Retired) => (null, $"The thing {thing} is retired."),
            _ => (null, $"The client certificate names the thing {thing}, and there is no such thing."),
        };
    }
}
