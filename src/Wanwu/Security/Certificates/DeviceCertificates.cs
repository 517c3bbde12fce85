using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <param name="Serial">Hexadecimal.</param>
/// <param name="Thumbprint">SHA-256 of the certificate.</param>
/// <param name="State">valid, expired or revoked.</param>
/// <param name="RenewedFrom">Serial of the certificate by which the thing asked for this one.</param>
internal sealed record CertificateView(
    string Serial, ThingId Thing, string Thumbprint, string State, Timestamp NotBefore, Timestamp NotAfter, Timestamp Issued,
    string? RenewedFrom, Timestamp? Revoked, string? Reason);

/// <param name="Certificate">PEM.</param>
/// <param name="Chain">The authorities above it, PEM.</param>
internal sealed record IssuedCertificate(string Serial, string Thumbprint, Timestamp NotBefore, Timestamp NotAfter, string Certificate, string Chain);

internal enum IssueOutcome : byte
{
    Done,
    NoSuchThing,
    /// <summary>The thing is retired.</summary>
    Retired,
    /// <summary>The thing has as many valid ones as it may.</summary>
    TooMany,
    /// <summary>The key was that of a revoked certificate, or is another thing's.</summary>
    KeyTaken,
    /// <summary>The certificate by which was asked has been revoked meanwhile.</summary>
    Revoked,
    /// <summary>The device authority cannot sign.</summary>
    Unavailable,
}

internal enum CertificateStanding : byte { Valid, Unknown, Expired, Revoked }

/// <param name="Days">Null: as the settings say.</param>
/// <param name="Via">Serial of the certificate by which the thing itself asks.</param>
/// <param name="IsRenewal">The thing itself asks: where it has as many as it may, its oldest makes room.</param>
internal sealed record CertificateOrder(ThingId Thing, SigningRequest Request, int? Days = null, string? Via = null, bool IsRenewal = false);

/// <summary>The certificates of things: issued, listed, revoked; and whether one that is shown still holds.</summary>
internal sealed class DeviceCertificates : IDisposable
{
    public const int MostValid = 20, MostListed = 500, MostEnding = 10_000;
    private const int MostAtOnce = 500;
    private readonly IDbContextFactory<RegistryDb> _contexts;
    private readonly RegistryWriter _writer;
    private readonly RegistryFeed _feed;
    private readonly DeviceAuthority _authority;
    private readonly CertificateOptions _options;
    private readonly TimeProvider _clock;
    private SignedList? _list;
    private long _version;

    public DeviceCertificates(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, RegistryFeed feed, DeviceAuthority authority, IOptions<CertificateOptions> options, TimeProvider clock)
    {
        (_contexts, _writer, _feed, _authority, _options, _clock) = (contexts, writer, feed, authority, options.Value, clock);
        feed.FileChanged += Tell;
    }

    private sealed record SignedList(byte[] Der, long Version, DateTimeOffset Until);

    /// <summary>Raised when a certificate may have been revoked, by this process or another. Handlers must only mark.</summary>
    public event Action? Changed;

    public async Task<(IssueOutcome Outcome, IssuedCertificate? Issued)> IssueAsync(CertificateOrder order, CancellationToken stop)
    {
        try
        {
            return await _writer.WriteAsync<(IssueOutcome, IssuedCertificate?)>(async db =>
            {
                var outcome = await JudgeAsync(db, order, Timestamp.Now(_clock), stop);
                return outcome == IssueOutcome.Done ? (outcome, Issue(db, order)) : (outcome, null);
            }, stop);
        }
        catch (AuthorityUnavailableException fault)
        {
            _authority.Unavailable(fault);
            return (IssueOutcome.Unavailable, null);
        }
    }

    private IssuedCertificate Issue(RegistryDb db, CertificateOrder order)
    {
        using var certificate = _authority.Issue(order.Thing, order.Request.Key, order.Days ?? Math.Min(_options.Days, _options.MaxDays));
        var row = new CertificateRow
        {
            Serial = certificate.SerialNumber, ThingId = order.Thing, Thumbprint = ClientCertificate.ThumbprintOf(certificate), Spki = order.Request.Spki,
            NotBefore = Timestamp.From(new DateTimeOffset(certificate.NotBefore)), NotAfter = Timestamp.From(new DateTimeOffset(certificate.NotAfter)), Issued = Timestamp.Now(_clock), Via = order.Via,
        };
        db.Certificates.Add(row);
        return new IssuedCertificate(row.Serial, row.Thumbprint, row.NotBefore, row.NotAfter, certificate.ExportCertificatePem() + "\n", _authority.Find()!.ExportCertificatePem() + "\n");
    }

    private static async Task<IssueOutcome> JudgeAsync(RegistryDb db, CertificateOrder order, Timestamp now, CancellationToken stop)
    {
        var (thing, via, spki) = (order.Thing, order.Via, order.Request.Spki);
        var lifecycle = await db.Things.Where(row => row.Id == thing).Select(row => (Lifecycle?)row.Lifecycle).SingleOrDefaultAsync(stop);
        if (lifecycle is null) return IssueOutcome.NoSuchThing;
        if (lifecycle == Lifecycle.Retired) return IssueOutcome.Retired;
        // Asked anew within the transaction: what is revoked at this moment renews nothing.
        if (via is not null && !await db.Certificates.AnyAsync(row => row.Serial == via && row.ThingId == thing && row.Revoked == null && row.NotAfter > now, stop)) return IssueOutcome.Revoked;
        if (await db.Certificates.AnyAsync(row => row.Spki == spki && (row.Revoked != null || row.ThingId != thing), stop)) return IssueOutcome.KeyTaken;
        var valid = await db.Certificates.Where(row => row.ThingId == thing && row.Revoked == null && row.NotAfter > now).OrderBy(row => row.Issued).ToListAsync(stop);
        if (valid.Count >= MostValid && !order.IsRenewal) return IssueOutcome.TooMany;
        foreach (var oldest in valid.Take(Math.Max(0, valid.Count - MostValid + 1))) (oldest.Revoked, oldest.Reason) = (now, RevocationReasons.Superseded);
        return IssueOutcome.Done;
    }

    /// <summary>The thing's certificates, newest first.</summary>
    public async Task<IReadOnlyList<CertificateView>> ListAsync(ThingId thing, CancellationToken stop)
    {
        var now = Timestamp.Now(_clock);
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var rows = await db.Certificates.AsNoTracking().Where(row => row.ThingId == thing).OrderByDescending(row => row.Issued).Take(MostListed).ToListAsync(stop);
        return [.. rows.Select(row => ViewOf(row, now))];
    }

    /// <summary>Of each thing that is not retired the certificate that holds longest, where its end lies between the two times; the first to end first.</summary>
    /// <param name="only">Of this thing alone.</param>
    public async Task<IReadOnlyList<CertificateView>> EndingAsync(Timestamp after, Timestamp until, ThingId? only, CancellationToken stop)
    {
        var now = Timestamp.Now(_clock);
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var rows = await (
            from row in db.Certificates.AsNoTracking()
            where row.Revoked == null && row.NotAfter > after && row.NotAfter <= until && (only == null || row.ThingId == only)
            join thing in db.Things on row.ThingId equals thing.Id
            where thing.Lifecycle != Lifecycle.Retired && !db.Certificates.Any(later => later.ThingId == row.ThingId && later.Revoked == null && later.NotAfter > row.NotAfter)
            orderby row.NotAfter
            select row).Take(MostEnding).ToListAsync(stop);
        return [.. rows.Select(row => ViewOf(row, now))];
    }

    private static CertificateView ViewOf(CertificateRow row, Timestamp now) => new(
        row.Serial, row.ThingId, row.Thumbprint, row.Revoked is not null ? "revoked" : row.NotAfter <= now ? "expired" : "valid",
        row.NotBefore, row.NotAfter, row.Issued, row.Via, row.Revoked, row.Reason);

    /// <summary>Revokes a certificate, and every one that was asked for by means of it: whoever has stolen it may have renewed it already.</summary>
    /// <returns>False when the thing has no such certificate.</returns>
    public async Task<bool> RevokeAsync(ThingId thing, string serial, string reason, CancellationToken stop)
    {
        var found = await _writer.WriteAsync(async db =>
        {
            var all = await db.Certificates.Where(row => row.ThingId == thing).ToListAsync(stop);
            if (all.Find(row => string.Equals(row.Serial, serial, StringComparison.OrdinalIgnoreCase)) is not { } first) return false;
            var (now, next) = (Timestamp.Now(_clock), new Queue<CertificateRow>([first]));
            while (next.TryDequeue(out var row))
            {
                if (row.Revoked is null) (row.Revoked, row.Reason) = (now, reason);
                foreach (var renewed in all.Where(each => each.Via == row.Serial)) next.Enqueue(renewed);
            }
            return true;
        }, stop);
        Tell();
        return found;
    }

    /// <summary>Revokes what was revoked before and is not known to be, as after a restore. The answer is how many those were.</summary>
    public async Task<int> RevokeAgainAsync(IReadOnlyList<Revocation> revocations, CancellationToken stop)
    {
        var known = revocations.ToDictionary(revocation => revocation.Serial, StringComparer.Ordinal);
        var count = await _writer.WriteAsync(async db =>
        {
            var rows = (await db.Certificates.Where(row => row.Revoked == null).ToListAsync(stop)).Where(row => known.ContainsKey(row.Serial)).ToList();
            foreach (var row in rows) (row.Revoked, row.Reason) = (known[row.Serial].When, known[row.Serial].Reason);
            return rows.Count;
        }, stop);
        Tell();
        return count;
    }

    /// <summary>Whether a certificate that was shown still holds. Asked of the registry each time: a revocation acts from its commit on.</summary>
    public async ValueTask<CertificateStanding> StandingAsync(ClientCertificate certificate, ThingId thing, CancellationToken stop)
    {
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var row = await db.Certificates.AsNoTracking().SingleOrDefaultAsync(each => each.Serial == certificate.Serial, stop);
        return row is null || row.ThingId != thing || row.Thumbprint != certificate.Thumbprint ? CertificateStanding.Unknown
            : row.Revoked is not null ? CertificateStanding.Revoked
            : row.NotAfter <= Timestamp.Now(_clock) ? CertificateStanding.Expired : CertificateStanding.Valid;
    }

    /// <summary>Those of the serials that no longer hold.</summary>
    public async Task<IReadOnlySet<string>> EndedAsync(IReadOnlyCollection<string> serials, CancellationToken stop)
    {
        var (now, ended) = (Timestamp.Now(_clock), serials.ToHashSet(StringComparer.Ordinal));
        await using var db = await _contexts.CreateDbContextAsync(stop);
        foreach (var part in serials.Chunk(MostAtOnce))
            ended.ExceptWith(await db.Certificates.Where(row => part.Contains(row.Serial) && row.Revoked == null && row.NotAfter > now).Select(row => row.Serial).ToListAsync(stop));
        return ended;
    }

    /// <summary>The signed list of revoked certificates, those of retired things included; null while there is no authority.</summary>
    /// <exception cref="AuthorityUnavailableException">The device authority cannot sign.</exception>
    public async Task<byte[]?> ListRevokedAsync(CancellationToken stop)
    {
        await _feed.LookAsync(stop);
        var (now, version) = (_clock.GetUtcNow(), Volatile.Read(ref _version));
        if (_list is { } known && known.Version == version && now < known.Until) return known.Der;
        if (_authority.Find() is null) return null;
        // Told of until a week after it would have ended by itself (RFC 5280 §3.3 asks for one list after it).
        var since = Timestamp.From(now.AddDays(-7));
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var rows = await (
            from row in db.Certificates.AsNoTracking()
            where row.NotAfter > since
            join thing in db.Things on row.ThingId equals thing.Id
            where row.Revoked != null || thing.Lifecycle == Lifecycle.Retired
            orderby row.Serial
            select new { row.Serial, row.Revoked, row.Reason, thing.Changed }).ToListAsync(stop);
        var der = _authority.SignList(rows.Select(row =>
            (row.Serial, (row.Revoked ?? row.Changed).ToDateTimeOffset(), (string?)(row.Revoked is null ? RevocationReasons.CessationOfOperation : row.Reason))));
        _list = new SignedList(der, version, now.AddHours(_options.ListHours / 2.0));
        return der;
    }

    private void Tell()
    {
        Interlocked.Increment(ref _version);
        Changed?.Invoke();
    }

    public void Dispose() => _feed.FileChanged -= Tell;
}
