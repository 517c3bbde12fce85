using System.Text;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>What is to be bound.</summary>
/// <param name="Secret">What the device shows as its secret; null asks for none.</param>
/// <param name="IsClear">Whether the protocol needs the secret itself: then it is sealed, otherwise only its hash is.</param>
internal sealed record NewBinding(ThingId Thing, string Scheme, string Identifier, string? Secret, bool IsClear, Networks? Networks);

/// <summary>Binds identifiers at doors to things.</summary>
internal sealed class Bindings(ContactBook book, RegistryWriter writer, BindingSeals seals, TimeProvider clock)
{
    public const int MaxSecret = 200;

    public IReadOnlyList<Binding> Of(ThingId thing) => [.. book.Bindings.Where(binding => binding.Thing == thing).OrderBy(binding => binding.Scheme, StringComparer.Ordinal).ThenBy(binding => binding.Value, StringComparer.Ordinal)];

    public Binding? Find(Guid id) => book.Bindings.FirstOrDefault(binding => binding.Id == id);

    /// <summary>Binds, in place of what the same thing has under the same identifier.</summary>
    public async Task<(Guid Id, FieldFaults Faults)> MakeAsync(NewBinding wanted, string by, CancellationToken stop)
    {
        var faults = new FieldFaults();
        if (!IdentifierDoor.IsScheme(wanted.Scheme)) faults.Add("scheme", $"'{ThingRules.Short(wanted.Scheme)}' is no identifier scheme, nor 'login' (a user name) or 'thing' (its own id).");
        else if (IdentifierSchemes.Find(wanted.Scheme)?.Check(wanted.Identifier) is { Value: null } check) faults.Add("identifier", check.Fault!);
        if (wanted.Identifier.Length is 0 or > Identifier.MaxLength || wanted.Identifier.Any(char.IsControl)) faults.Add("identifier", $"Expected 1 to {Identifier.MaxLength} characters.");
        if (wanted.Secret is { Length: 0 or > MaxSecret }) faults.Add("secret", $"Expected 1 to {MaxSecret} characters.");
        if (wanted.Scheme == IdentifierDoor.OwnId && (wanted.Identifier != wanted.Thing.ToString() || wanted.Secret is not null)) faults.Add("identifier", "Under 'thing' the identifier is the thing's own id, and its secret its own password: only networks are given.");
        if (wanted.Scheme == IdentifierDoor.UserName && ThingId.TryParse(wanted.Identifier, null, out _)) faults.Add("identifier", "The id of a thing is not bound: it is that thing's.");
        if (wanted.Scheme == IdentifierDoor.UserName && wanted.Secret is null) faults.Add("secret", "Whoever signs in under a user name shows a password.");
        if (!faults.IsEmpty) return (default, faults);
        var secret = wanted.Secret is { } text ? seals.Seal(Encoding.UTF8.GetBytes(text), wanted.IsClear) : null;
        var id = await writer.WriteAsync(db => AddAsync(db, wanted, secret, by, faults, stop), stop);
        return (id, faults);
    }

    /// <summary>Binds with what a device showed as its secret, sealed as it was kept.</summary>
    public async Task<FieldFaults> BindShownAsync(NewBinding wanted, byte[]? shown, string by, CancellationToken stop)
    {
        var faults = new FieldFaults();
        await writer.WriteAsync(db => AddAsync(db, wanted, shown, by, faults, stop), stop);
        return faults;
    }

    /// <summary>Within a change of more than bindings.</summary>
    public async Task<Guid> AddAsync(RegistryDb db, NewBinding wanted, byte[]? secret, string by, FieldFaults faults, CancellationToken stop)
    {
        var value = IdentifierDoor.ValueOf(wanted.Scheme, wanted.Identifier);
        var rows = db.Set<BindingRow>();
        var held = await rows.SingleOrDefaultAsync(row => row.Scheme == wanted.Scheme && row.Value == value && !row.IsRemoved, stop);
        if (held is not null && held.ThingId != wanted.Thing) faults.Add("identifier", $"The {wanted.Scheme} '{ThingRules.Short(value)}' is bound to another thing.");
        var normal = value.ToUpperInvariant();
        if (wanted.Scheme == IdentifierDoor.UserName && await db.Users.AnyAsync(person => person.NormalizedUserName == normal, stop)) faults.Add("identifier", "This user name is taken.");
        if (!faults.IsEmpty) return default;
        var row = held ?? new BindingRow { Id = Guid.CreateVersion7(clock.GetUtcNow()), Scheme = wanted.Scheme, Value = value, ThingId = wanted.Thing, Created = Timestamp.Now(clock), CreatedBy = by };
        if (held is null) rows.Add(row);
        (row.Secret, row.IsClear, row.Networks) = (secret, wanted.IsClear, wanted.Networks?.ToString());
        return row.Id;
    }

    public Task<bool> RemoveAsync(Guid id, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        if (await db.Set<BindingRow>().SingleOrDefaultAsync(row => row.Id == id && !row.IsRemoved, stop) is not { } row) return false;
        row.IsRemoved = true;
        return true;
    }, stop);
}

/// <summary>What is to be banned: an identifier of a scheme, or a network.</summary>
internal sealed record NewBan(string? Scheme, string? Identifier, Networks? Network, string Reason, Timestamp? Expires);

/// <summary>Keeps identifiers and networks out at every door for devices.</summary>
internal sealed class Bans(ContactBook book, RegistryWriter writer, TimeProvider clock)
{
    public const int Most = 10_000;

    public IReadOnlyList<Ban> All
    {
        get
        {
            var now = Timestamp.Now(clock);
            return [.. book.Bans.Where(ban => ban.Holds(now)).OrderByDescending(ban => ban.Id)];
        }
    }

    public async Task<(Guid Id, FieldFaults Faults)> BanAsync(NewBan wanted, string by, CancellationToken stop)
    {
        var faults = new FieldFaults();
        if (ThingStandingEndpoints.FaultOfReason(wanted.Reason) is { } fault) faults.Add("reason", fault);
        if (wanted.Network is null == (wanted.Identifier is null)) faults.Add("identifier", "Expected an identifier with its scheme, or a network.");
        if (wanted.Identifier is { } identifier && (wanted.Scheme is null || !IdentifierDoor.IsScheme(wanted.Scheme) || identifier.Length is 0 or > Identifier.MaxLength || identifier.Any(char.IsControl)))
            faults.Add("scheme", "Expected an identifier scheme, 'login' (a user name) or 'thing' (its own id), and an identifier.");
        if (book.Bans.Count() >= Most) faults.Add("", $"There are {Most} bans, as many as there may be. End some, or ban networks.");
        if (!faults.IsEmpty) return (default, faults);
        var row = new BanRow
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()), Scheme = wanted.Identifier is null ? null : wanted.Scheme, Value = wanted.Identifier is null ? null : IdentifierDoor.ValueOf(wanted.Scheme!, wanted.Identifier),
            Network = wanted.Network?.ToString(), Reason = wanted.Reason, Created = Timestamp.Now(clock), CreatedBy = by, Expires = wanted.Expires,
        };
        await writer.WriteAsync(db => Task.FromResult(db.Set<BanRow>().Add(row)), stop);
        return (row.Id, faults);
    }

    public Task<bool> EndAsync(Guid id, string by, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        if (await db.Set<BanRow>().SingleOrDefaultAsync(row => row.Id == id && row.Ended == null, stop) is not { } row) return false;
        (row.Ended, row.EndedBy) = (Timestamp.Now(clock), by);
        return true;
    }, stop);
}
