using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>What came of a thing's own request for a certificate.</summary>
/// <param name="Fault">Its name, as <c>weakKey</c>; null when it was issued.</param>
/// <param name="Detail">What is wrong, and what to do about it.</param>
/// <param name="Status">The HTTP status that says the same.</param>
internal sealed record Renewal(IssuedCertificate? Issued, string? Fault = null, string? Detail = null, int Status = StatusCodes.Status201Created);

/// <summary>Things that ask for their next certificate by themselves, at whatever door: for themselves alone, and a few times an hour.</summary>
internal sealed class CertificateRenewals(DeviceCertificates certificates, IOptions<CertificateOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private const int MostKept = 200_000;
    private readonly ConcurrentDictionary<ThingId, (long Since, int Count)> _asked = new();

    /// <param name="caller">As it signed in; whoever is no thing is refused.</param>
    /// <param name="pem">The request, as it came.</param>
    public async Task<Renewal> RenewAsync(Caller caller, string pem, CancellationToken stop)
    {
        if (caller.Thing is not { } thing) return new Renewal(null, "notAThing", "Only a thing asks for its own certificate. For another's, POST /api/v1/things/ID/certificates.", StatusCodes.Status403Forbidden);
        if (!MayAsk(thing))
            return new Renewal(null, "tooManyRequests", $"A thing asks for at most {options.Value.RenewalsPerHour} certificates an hour. Try again later.", StatusCodes.Status429TooManyRequests);
        var fault = SigningRequest.TryRead(pem, thing, out var request);
        if (fault != RequestFault.None) return new Renewal(null, SigningRequest.NameOf(fault), SigningRequest.Sentence(fault), StatusCodes.Status400BadRequest);
        var (outcome, issued) = await certificates.IssueAsync(new CertificateOrder(thing, request!, Via: caller.Certificate, IsRenewal: true), stop);
        return issued is not null ? new Renewal(issued) : new Renewal(null, NameOf(outcome), Sentence(outcome), StatusOf(outcome));
    }

    private bool MayAsk(ThingId thing)
    {
        if (_asked.Count >= MostKept) Sweep();
        var now = clock.GetTimestamp();
        return _asked.AddOrUpdate(thing, _ => (now, 1), (_, asked) => clock.GetElapsedTime(asked.Since, now) < Window ? asked with { Count = asked.Count + 1 } : (now, 1)).Count <= options.Value.RenewalsPerHour;
    }

    private void Sweep()
    {
        foreach (var (thing, asked) in _asked)
            if (clock.GetElapsedTime(asked.Since) >= Window) _asked.TryRemove(KeyValuePair.Create(thing, asked));
    }

    public static string NameOf(IssueOutcome outcome)
    {
        var name = outcome.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public static int StatusOf(IssueOutcome outcome) => outcome switch
    {
        IssueOutcome.Done => StatusCodes.Status201Created,
        IssueOutcome.NoSuchThing => StatusCodes.Status404NotFound,
        IssueOutcome.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    };

    public static string Sentence(IssueOutcome outcome) => outcome switch
    {
        IssueOutcome.NoSuchThing => "There is no such thing.",
        IssueOutcome.Retired => "The thing is retired.",
        IssueOutcome.TooMany => $"The thing has {DeviceCertificates.MostValid} valid certificates. Revoke those that are no longer needed.",
        IssueOutcome.KeyTaken => "The key belongs to a certificate that was revoked, or to another thing. Make a new key.",
        IssueOutcome.Unavailable => "The key of the device authority cannot be unsealed; the log says which file it is.",
        IssueOutcome.Revoked => "The certificate by which was asked no longer holds.",
        _ => "The certificate was issued.",
    };
}
