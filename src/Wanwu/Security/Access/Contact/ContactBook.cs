using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>A binding as it stands; <see cref="BindingRow"/> says what the members mean.</summary>
internal sealed record Binding(Guid Id, string Scheme, string Value, ThingId Thing, byte[]? Secret, bool IsClear, Networks? Networks, Timestamp Created, string CreatedBy)
{
    /// <summary>By which a secret that was replaced is told from the one that holds; 0 where none is asked for.</summary>
    public ulong Mark => Secret is null ? 0 : System.IO.Hashing.XxHash3.HashToUInt64(Secret) | 1;
}

/// <summary>A ban as it stands. Either an identifier of a scheme, or a network.</summary>
internal sealed record Ban(Guid Id, string? Scheme, string? Value, Networks? Network, string Reason, Timestamp Created, string CreatedBy, Timestamp? Expires)
{
    public bool Holds(Timestamp now) => !(Expires <= now);
}

/// <summary>A registration key as it stands; <see cref="RegistrationKeyRow"/> says what the members mean.</summary>
internal sealed record RegistrationKey(Guid Id, string Name, byte[] Hash, string? Model, string? Organisation, string? Region, ThingId? Gateway, string Scheme)
{
    public bool NeedsApproval { get; init; }
    public int? AtMost { get; init; }
    public int Used { get; init; }
    public IReadOnlyList<string> Allowed { get; init; } = [];
    public Networks? Networks { get; init; }
    public Timestamp Created { get; init; }
    public string CreatedBy { get; init; } = "";
    public Timestamp? Expires { get; init; }
}

/// <summary>What changed of all this at one reading of the registry.</summary>
/// <param name="Bans">All that have not ended, when one is among the changes; keys likewise.</param>
internal sealed record ContactChanges(IReadOnlyList<Binding> Bindings, IReadOnlyList<(string Scheme, string Value)> Removed, IReadOnlyList<Ban>? Bans, IReadOnlyList<RegistrationKey>? Keys)
{
    public bool AreNone => Bindings.Count == 0 && Removed.Count == 0 && Bans is null && Keys is null;
}

/// <summary>Bindings, bans and registration keys, in memory and in step with the registry. Reads take no lock.</summary>
internal sealed class ContactBook
{
    private sealed record Rules(FrozenDictionary<(string, string), Ban> Identifiers, Ban[] Networks, FrozenDictionary<Guid, RegistrationKey> Keys)
    {
        public static readonly Rules None = new(FrozenDictionary<(string, string), Ban>.Empty, [], FrozenDictionary<Guid, RegistrationKey>.Empty);
    }

    private readonly ConcurrentDictionary<(string Scheme, string Value), Binding> _bindings = new();
    private Rules _rules = Rules.None;
    private long _version;

    /// <summary>Grows with every change.</summary>
    public long Version => Volatile.Read(ref _version);

    public IEnumerable<Binding> Bindings => _bindings.Values;
    public IEnumerable<Ban> Bans => _rules.Identifiers.Values.Concat(_rules.Networks);
    public IEnumerable<RegistrationKey> Keys => _rules.Keys.Values;

    public Binding? FindBinding(string scheme, string value) => _bindings.GetValueOrDefault((scheme, value));

    public RegistrationKey? FindKey(Guid id) => Volatile.Read(ref _rules).Keys.GetValueOrDefault(id);

    /// <summary>The ban that an identifier or an address is under.</summary>
    public Ban? BanOf(string scheme, string value, Timestamp now) =>
        Volatile.Read(ref _rules).Identifiers.TryGetValue((scheme, value), out var ban) && ban.Holds(now) ? ban : null;

    public Ban? BanOf(IPAddress? address, Timestamp now)
    {
        foreach (var ban in Volatile.Read(ref _rules).Networks)
            if (ban.Holds(now) && ban.Network!.Has(address)) return ban;
        return null;
    }

    /// <summary>One caller at a time.</summary>
    internal void Apply(ContactChanges changes)
    {
        if (changes.AreNone) return;
        foreach (var gone in changes.Removed) _bindings.TryRemove(gone, out _);
        foreach (var binding in changes.Bindings) _bindings[(binding.Scheme, binding.Value)] = binding;
        var rules = _rules;
        if (changes.Keys is { } keys) rules = rules with { Keys = keys.ToFrozenDictionary(key => key.Id) };
        if (changes.Bans is { } bans)
            rules = rules with
            {
                Networks = [.. bans.Where(ban => ban.Network is not null)],
                Identifiers = bans.Where(ban => ban.Scheme is not null).DistinctBy(ban => (ban.Scheme, ban.Value)).ToFrozenDictionary(ban => (ban.Scheme!, ban.Value!)),
            };
        Volatile.Write(ref _rules, rules);
        Volatile.Write(ref _version, _version + 1);
    }
}
