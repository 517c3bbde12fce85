using System.Collections.Concurrent;
using System.Collections.Frozen;
using Wanwu.Registry.Mappings;
using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Every thing, in memory. Reads take no lock and touch no disk.</summary>
/// <remarks>
/// Filled before any door opens, and kept in step with the database: a change made by this process is here before its answer leaves,
/// one made by another process (the command line) within a second.
/// </remarks>
internal sealed class ThingDirectory
{
    private readonly ConcurrentDictionary<ThingId, ThingEntry> _byId = new();
    private readonly ConcurrentDictionary<(string Scheme, string Value), ThingEntry> _byIdentifier = new();
    private readonly ConcurrentDictionary<(ThingId Gateway, string LocalName), ThingEntry> _byLocalName = new();
    private FrozenDictionary<string, ModelEntry> _models = FrozenDictionary<string, ModelEntry>.Empty;
    private OrganisationTree _organisations = OrganisationTree.Empty;
    private readonly Realms _realms = new();
    private Realm[] _allRealms = [];
    private ThingSnapshot _snapshot = ThingSnapshot.Empty;
    private long _version;

    /// <summary>Raised after a thing changed, on the thread that applied the change: handlers must only mark.</summary>
    public event Action<ThingId>? Changed;

    /// <summary>Raised after a thing came to another realm, with the one it was in and the one it is in, as <see cref="Changed"/>.</summary>
    public event Action<Realm, Realm>? Moved;

    /// <summary>The realms things are in or have been in.</summary>
    public IReadOnlyList<Realm> Realms => Volatile.Read(ref _allRealms);

    /// <summary>Grows with every change: what was looked up at the same version still holds.</summary>
    public long Version => Volatile.Read(ref _version);

    public int Count => Snapshot.Count;

    public ThingEntry? Find(ThingId id) => _byId.GetValueOrDefault(id);

    /// <summary>The thing in use that bears an identifier, given by the scheme's name and the canonical value.</summary>
    public ThingEntry? FindByIdentifier(string scheme, string canonicalValue) => _byIdentifier.GetValueOrDefault((scheme, canonicalValue));

    /// <summary>The thing in use behind a gateway that has the <see cref="ThingLabels.LocalName"/>.</summary>
    public ThingEntry? FindByLocalName(ThingId gateway, string localName) => _byLocalName.GetValueOrDefault((gateway, localName));

    /// <summary>The models in use, by id; each in its newest version.</summary>
    public IReadOnlyDictionary<string, ModelEntry> Models => Volatile.Read(ref _models);

    /// <summary>Whose things may be, as a tree; changes with <see cref="Version"/>.</summary>
    public OrganisationTree Organisations => Volatile.Read(ref _organisations);

    /// <summary>How messages of other topics become observations; changes with <see cref="Version"/>.</summary>
    public TopicMappings Mappings { get; } = new();

    /// <summary>All things as of one moment, for lists and searches.</summary>
    internal ThingSnapshot Snapshot => Volatile.Read(ref _snapshot);

    internal ChangedSlots ChangedSlots { get; } = new();

    /// <summary>Takes over the new state of some things, and all models. One caller at a time.</summary>
    /// <param name="organisations">The new tree, or null where it has not changed.</param>
    internal void Apply(IReadOnlyList<ThingEntry> entries, IReadOnlyDictionary<string, ModelEntry> models, OrganisationTree? organisations = null)
    {
        if (organisations is not null) Volatile.Write(ref _organisations, organisations);
        Volatile.Write(ref _models, models.ToFrozenDictionary(StringComparer.Ordinal));
        var slots = _snapshot.Count;
        HashSet<(Realm Before, Realm After)> moves = [];
        foreach (var entry in entries)
        {
            var before = Find(entry.Id);
            entry.Slot = before?.Slot ?? slots++;
            entry.Realm = _realms.Of(entry);
            if (before is not null && !ReferenceEquals(before.Realm, entry.Realm)) moves.Add((before.Realm, entry.Realm));
            Replace(before, entry);
        }
        if (_realms.Count != _allRealms.Length) Volatile.Write(ref _allRealms, [.. _realms.All]);
        ChangedSlots.Note(_version + 1, entries);
        Volatile.Write(ref _snapshot, _snapshot.With(entries, _version + 1));
        Volatile.Write(ref _version, _version + 1);
        if (Changed is { } changed)
            foreach (var entry in entries) changed(entry.Id);
        foreach (var (before, after) in moves) Moved?.Invoke(before, after);
    }

    private void Replace(ThingEntry? before, ThingEntry entry)
    {
        _byId[entry.Id] = entry;
        foreach (var identifier in before?.Identifiers ?? [])
            _byIdentifier.TryRemove(new((identifier.Scheme, identifier.Value), before!));
        if (LocalNameOf(before) is { } name) _byLocalName.TryRemove(new(name, before!));
        if (entry.IsRetired) return;
        if (LocalNameOf(entry) is { } given) _byLocalName[given] = entry;
        foreach (var identifier in entry.Identifiers) _byIdentifier[(identifier.Scheme, identifier.Value)] = entry;
    }

    private static (ThingId Gateway, string LocalName)? LocalNameOf(ThingEntry? thing) =>
        thing?.Gateway is { } gateway && thing.Labels.TryGetValue(ThingLabels.LocalName, out var name) ? (gateway, name) : null;
}
