using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <param name="Name">Whom the link is for; the person chooses the account's name.</param>
/// <param name="Email">By which an external provider may tell who was invited.</param>
/// <param name="GrantExpires">When the role ends; null: it holds until it is ended.</param>
internal sealed record InviteOrder(string Name, string? Email, string Role, GrantScope Scope, Timestamp? GrantExpires = null);

/// <param name="Code">The secret in the link: shown once, never kept.</param>
internal sealed record NewInvitation(Guid Id, string Name, string? Role, Timestamp Expires, string Code)
{
    /// <summary>The link, without the server's address.</summary>
    public string Path => $"/invitation?code={Code}";
}

/// <param name="Person">The account whose password is set by it; null when one is made.</param>
/// <param name="State">open, used, revoked or expired.</param>
internal sealed record InvitationView(Guid Id, string Name, string? Role, GrantScope Scope, string? Email, Guid? Person, Timestamp Created, string CreatedBy, Timestamp Expires, string State, Timestamp? GrantExpires);

/// <param name="Made">Null when it was not found, or with a fault.</param>
/// <param name="Fault">Why it is not allowed.</param>
internal readonly record struct InviteResult(NewInvitation? Made, string? Fault);

/// <summary>Links by which people come to an account, or to a new password, without anybody else knowing it: made, listed, taken back.</summary>
internal sealed class Invitations(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, PeopleRules rules, TimeProvider clock, IOptions<PeopleOptions> options)
{
    public const int MaxName = 100, MaxEmail = 254;
    public const string NotYours = "Somebody else looks after this account: the administrator over all that it may, or a security officer for officers and auditors.";

    /// <param name="caller">Who invites; null on the command line, whose user owns the server's data anyhow.</param>
    public Task<InviteResult> InviteAsync(Caller? caller, InviteOrder order, CancellationToken stop)
    {
        if (!Role.IsKnown(order.Role)) throw new ArgumentException($"'{order.Role}' is not a role. Known are: {string.Join(", ", Role.All)}.", nameof(order));
        return writer.DecideAsync(async db =>
        {
            if (rules.FaultOfInviting(caller, order.Role, order.Scope, await IsPendingAsync(db, order.Role, stop)) is { } fault) return new InviteResult(null, fault);
            return new InviteResult(Add(db, caller, order, person: null), null);
        }, stop);
    }

    /// <summary>Makes the link by which somebody sets a new password. The old one holds until then.</summary>
    public Task<InviteResult> ForPasswordAsync(Caller? caller, Guid person, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        if (await db.Users.SingleOrDefaultAsync(known => known.Id == person, stop) is not { } account || (caller is not null && !rules.MayKnow(caller, person))) return default;
        if (caller is not null && !rules.MayReplace(caller, person)) return new InviteResult(null, NotYours);
        var now = Timestamp.Now(clock);
        // The newest link alone holds.
        foreach (var older in await db.Invitations.Where(row => row.PersonId == person && row.Ended == null).ToListAsync(stop)) older.Ended = now;
        return new InviteResult(Add(db, caller, new InviteOrder(account.UserName!, null, "", GrantScope.Everything), person), null);
    }, stop);

    private NewInvitation Add(RegistryDb db, Caller? caller, InviteOrder order, Guid? person)
    {
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        var now = clock.GetUtcNow();
        var role = person is null ? order.Role : null;
        var expires = Timestamp.From(now.AddHours(options.Value.InvitationHours));
        var row = new InvitationRow
        {
            Id = Guid.CreateVersion7(now), Hash = Hash(code), PersonId = person, Role = role, Name = order.Name, Email = order.Email,
            Organisation = order.Scope.Organisation, Region = order.Scope.Region, Sector = order.Scope.Sector,
            // A link to a role that has ended would lead to an account that may nothing.
            Created = Timestamp.From(now), CreatedBy = caller?.Name ?? Caller.OfCommandLine, Expires = order.GrantExpires < expires ? order.GrantExpires.Value : expires, GrantExpires = order.GrantExpires,
        };
        db.Invitations.Add(row);
        return new NewInvitation(row.Id, order.Name, role, row.Expires, code);
    }

    private async Task<bool> IsPendingAsync(RegistryDb db, string role, CancellationToken stop)
    {
        var now = Timestamp.Now(clock);
        return (await db.Invitations.Where(row => row.Role == role && row.Ended == null).ToListAsync(stop)).Any(row => row.IsOpen(now));
    }

    /// <summary>The newest first, as far as the caller may know of them.</summary>
    /// <param name="caller">Null on the command line.</param>
    public async Task<IReadOnlyList<InvitationView>> ListAsync(Caller? caller, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var now = Timestamp.Now(clock);
        var rows = await db.Invitations.AsNoTracking().OrderByDescending(row => row.Created).Take(1_000).ToListAsync(stop);
        return [.. rows.Where(row => MayTouch(caller, row)).Select(row => new InvitationView(row.Id, row.Name, row.Role, row.Scope, row.Email, row.PersonId, row.Created, row.CreatedBy, row.Expires,
            row.Made is not null ? "used" : row.Ended is not null ? "revoked" : row.Expires <= now ? "expired" : "open", row.GrantExpires))];
    }

    /// <returns>False when there is no such invitation, or none of which the caller may know.</returns>
    /// <param name="caller">Null on the command line.</param>
    public Task<bool> RevokeAsync(Caller? caller, Guid id, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        if (await db.Invitations.SingleOrDefaultAsync(row => row.Id == id, stop) is not { } row || !MayTouch(caller, row)) return false;
        row.Ended ??= Timestamp.Now(clock);
        return true;
    }, stop);

    private bool MayTouch(Caller? caller, InvitationRow row) => caller is null || (
        row.PersonId is { } person ? rules.MayReplace(caller, person) : rules.FaultOfInviting(caller, row.Role!, row.Scope, isPending: false) is null);

    internal static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));
}
