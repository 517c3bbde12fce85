using Microsoft.EntityFrameworkCore;
using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>What drafts refer to, read inside the transaction that writes them: two processes may be at it at once, so memory does not suffice.</summary>
internal sealed class KnownThings
{
    private readonly HashSet<string> _models = new(StringComparer.Ordinal);
    private readonly HashSet<string> _organisations = new(StringComparer.Ordinal);
    private readonly HashSet<ThingId> _gateways = [];
    private bool _changingHasChildren;
    private readonly Dictionary<(string, string), ThingId> _bearers = [];

    /// <param name="changing">The thing that is changed; none when things are created.</param>
    public static async Task<KnownThings> ReadAsync(RegistryDb db, IReadOnlyList<ThingDraft> drafts, ThingId? changing, CancellationToken stop)
    {
        var known = new KnownThings();
        string[] models = [.. drafts.Select(draft => draft.Model.Value).OfType<string>().Distinct()];
        if (models.Length > 0)
            known._models.UnionWith(await db.Models.Where(row => models.Contains(row.Id) && !row.IsRemoved).Select(row => row.Id).ToListAsync(stop));

        string[] organisations = [.. drafts.Select(draft => draft.Organisation.Value).OfType<string>().Distinct()];
        if (organisations.Length > 0)
            known._organisations.UnionWith(await db.Set<OrganisationRow>().Where(row => organisations.Contains(row.Id) && !row.IsRemoved).Select(row => row.Id).ToListAsync(stop));

        ThingId[] gateways = [.. drafts.Select(draft => draft.Gateway.Value).OfType<ThingId>().Distinct()];
        if (gateways.Length > 0) await known.ReadGatewaysAsync(db, gateways, changing, stop);

        string[] values = [.. drafts.SelectMany(draft => draft.Identifiers.Value ?? []).Select(identifier => identifier.Value).Distinct()];
        foreach (var some in values.Chunk(500))
        {
            var rows = await db.Identifiers.Where(row => row.InUse && some.Contains(row.Value)).AsNoTracking().ToListAsync(stop);
            foreach (var row in rows) known._bearers[(row.Scheme, row.Value)] = row.ThingId;
        }
        return known;
    }

    private async Task ReadGatewaysAsync(RegistryDb db, ThingId[] gateways, ThingId? changing, CancellationToken stop)
    {
        _gateways.UnionWith(await db.Things
            .Where(row => gateways.Contains(row.Id) && row.GatewayId == null && row.Lifecycle != Lifecycle.Retired).Select(row => row.Id).ToListAsync(stop));
        _changingHasChildren = changing is not null && await db.Things.AnyAsync(row => row.GatewayId == changing, stop);
    }

    public bool HasModel(string id) => _models.Contains(id);

    public bool HasOrganisation(string id) => _organisations.Contains(id);

    public bool IsGateway(ThingId id) => _gateways.Contains(id);

    /// <summary>Whether the thing that is changed is a gateway of others.</summary>
    public bool HasChildren => _changingHasChildren;

    public ThingId? BearerOf(Identifier identifier) => _bearers.TryGetValue((identifier.Scheme.Name, identifier.Value), out var thing) ? thing : null;

    /// <summary>Counts a thing that is about to be saved, so that the next draft of the same batch meets it.</summary>
    public void Take(ThingRow row)
    {
        foreach (var identifier in row.Identifiers) _bearers[(identifier.Scheme, identifier.Value)] = row.Id;
    }
}
