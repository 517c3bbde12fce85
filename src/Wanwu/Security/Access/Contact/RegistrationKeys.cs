using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>What a registration key is to be.</summary>
internal sealed record NewRegistrationKey(string Name, string? Model, string? Organisation, string? Region, ThingId? Gateway, string Scheme)
{
    public bool NeedsApproval { get; init; }
    public int? AtMost { get; init; }
    public IReadOnlyList<string> Allowed { get; init; } = [];
    public Networks? Networks { get; init; }
    public Timestamp? Expires { get; init; }
}

/// <summary>Registration keys: with which devices of one kind register themselves at first contact. Who may make things where a key puts them may make, see and end it; the command line, which is no caller, any.</summary>
internal sealed class RegistrationKeys(ContactBook book, RegistryWriter writer, RegistryFeed feed, AccessRules rules, ThingDirectory things, TimeProvider clock)
{
    public const int MaxName = 100, MaxPatterns = 1_000, MaxPattern = 200, MaxAtMost = 1_000_000;

    /// <summary>Those the caller may know of, the newest first.</summary>
    public IReadOnlyList<RegistrationKey> List(Caller? caller) => [.. book.Keys.Where(key => MaySee(caller, key)).OrderByDescending(key => key.Id)];

    public RegistrationKey? Find(Caller? caller, Guid id) => book.FindKey(id) is { } key && MaySee(caller, key) ? key : null;

    public bool MaySee(Caller? caller, RegistrationKey key) => May(caller, key.Organisation, key.Region, key.Model);

    private bool May(Caller? caller, string? organisation, string? region, string? model) => caller is null || new ThingReach(rules, things, caller).Has(organisation, region, model);

    /// <returns>The key, shown this once; or what is at fault.</returns>
    public async Task<(Guid Id, string? Text, FieldFaults Faults)> MakeAsync(Caller? by, NewRegistrationKey wanted, CancellationToken stop)
    {
        var faults = FaultsOf(by, wanted);
        if (!faults.IsEmpty) return (default, null, faults);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var text = RegistrationKeyText.Make(id);
        var row = new RegistrationKeyRow
        {
            Id = id, Name = wanted.Name, Hash = RegistrationKeyText.Hash(text), ModelId = wanted.Model, Organisation = wanted.Organisation, Region = wanted.Region, GatewayId = wanted.Gateway,
            Scheme = wanted.Scheme, NeedsApproval = wanted.NeedsApproval, AtMost = wanted.AtMost, Allowed = wanted.Allowed.Count == 0 ? null : string.Join('\n', wanted.Allowed),
            Networks = wanted.Networks?.ToString(), Created = Timestamp.Now(clock), CreatedBy = NameOf(by), Expires = wanted.Expires,
        };
        await writer.WriteAsync(db => Task.FromResult(db.Set<RegistrationKeyRow>().Add(row)), stop);
        return (id, text, faults);
    }

    private FieldFaults FaultsOf(Caller? by, NewRegistrationKey wanted)
    {
        var faults = new FieldFaults();
        if (string.IsNullOrWhiteSpace(wanted.Name) || wanted.Name.Length > MaxName || wanted.Name.Any(char.IsControl)) faults.Add("name", $"Expected a name of 1 to {MaxName} characters.");
        if (wanted.Model is { } model && !things.Models.ContainsKey(model)) faults.Add("model", $"There is no model '{ThingRules.Short(model)}'.");
        if (wanted.Organisation is { } organisation && things.Organisations.Find(organisation) is null) faults.Add("organisation", $"There is no organisation '{ThingRules.Short(organisation)}'.");
        if (wanted.Region is { } region && ThingRules.FaultOfRegion(region) is { } fault) faults.Add("region", fault);
        if (wanted.Gateway is { } gateway && !(by is null ? things.Find(gateway) is not null : new ThingReach(rules, things, by).Has(gateway))) faults.Add("gateway", $"There is no thing {gateway}.");
        if (IdentifierSchemes.Find(wanted.Scheme) is null) faults.Add("scheme", $"'{ThingRules.Short(wanted.Scheme)}' is no identifier scheme.");
        if (wanted.AtMost is < 1 or > MaxAtMost) faults.Add("atMost", $"Expected a number from 1 to {MaxAtMost}.");
        if (wanted.Allowed.Count > MaxPatterns || wanted.Allowed.Any(pattern => pattern.Length is 0 or > MaxPattern || pattern.Any(char.IsControl)))
            faults.Add("allowed", $"At most {MaxPatterns} identifiers or patterns of 1 to {MaxPattern} characters, with * for any characters.");
        if (faults.IsEmpty && !May(by, wanted.Organisation, wanted.Region, wanted.Model))
            faults.Add("organisation", "You may not have things there: what you are granted does not reach that organisation, region and sector.");
        return faults;
    }

    /// <returns>False when there is none, for this caller.</returns>
    public async Task<bool> EndAsync(Caller? by, Guid id, CancellationToken stop) => Find(by, id) is not null && await writer.WriteAsync(async db =>
    {
        if (await db.Set<RegistrationKeyRow>().SingleOrDefaultAsync(row => row.Id == id && row.Ended == null, stop) is not { } row) return false;
        (row.Ended, row.EndedBy) = (Timestamp.Now(clock), NameOf(by));
        return true;
    }, stop);

    private static string NameOf(Caller? by) => by?.Name ?? Caller.OfCommandLine;

    /// <summary>The key that the text is, if it holds; it may have been made by another process a moment ago.</summary>
    public async ValueTask<RegistrationKey?> FindAsync(ReadOnlyMemory<byte> text, CancellationToken stop)
    {
        if (Read(text.Span) is { } known) return known;
        await feed.LookAsync(stop);
        return Read(text.Span);
    }

    private RegistrationKey? Read(ReadOnlySpan<byte> text)
    {
        if (!RegistrationKeyText.TryRead(text, out var id) || book.FindKey(id) is not { } key) return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return CryptographicOperations.FixedTimeEquals(hash, key.Hash) && !(key.Expires <= Timestamp.Now(clock)) ? key : null;
    }

    /// <summary>Whether a pattern, in which <c>*</c> stands for any characters, is the identifier.</summary>
    public static bool Takes(string pattern, string identifier)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1) return string.Equals(pattern, identifier, StringComparison.OrdinalIgnoreCase);
        var rest = identifier.AsSpan();
        if (!rest.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase)) return false;
        rest = rest[parts[0].Length..];
        foreach (var part in parts.AsSpan(1, parts.Length - 2))
        {
            var at = rest.IndexOf(part, StringComparison.OrdinalIgnoreCase);
            if (at < 0) return false;
            rest = rest[(at + part.Length)..];
        }
        return rest.EndsWith(parts[^1], StringComparison.OrdinalIgnoreCase);
    }
}
