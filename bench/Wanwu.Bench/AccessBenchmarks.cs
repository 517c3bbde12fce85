using BenchmarkDotNet.Attributes;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Bench;

/// <summary>What the decision costs with 100 000 things, 5 000 organisations and 2 000 grants, five of them the caller's.</summary>
[MemoryDiagnoser]
public class AccessBenchmarks : IDisposable
{
    private const int ThingCount = 100_000, OrganisationCount = 5_000, GrantCount = 2_000, Callers = 400;
    private readonly Caller _caller = new(CallerKind.Program, "caller", null) { Id = "p7" };
    private ThingEntry[] _things = null!;
    private Grant[] _grants = null!;
    private OrganisationTree _tree = null!;
    private CurrentGrants _current = null!;
    private AccessRules _rules = null!;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        var clock = TimeProvider.System;
        _tree = OrganisationTree.Of([.. Enumerable.Range(0, OrganisationCount).Select(i => new OrganisationEntry { Id = $"o{i}", Name = LocalizedText.Of($"o{i}"), Parent = i < 5 ? null : $"o{(i - 5) / 5}" })]);
        _things = [.. Enumerable.Range(0, ThingCount).Select(i => new ThingEntry
        {
            Id = ThingId.New(clock), Name = LocalizedText.Of("t"), Zone = TimeZoneInfo.Utc, Organisation = $"o{i % OrganisationCount}", Region = $"{110_000 + i % 20}",
        })];
        new ThingDirectory().Apply(_things, new Dictionary<string, ModelEntry>(), _tree);
        _grants = [.. Enumerable.Range(0, GrantCount).Select(i => new Grant(Guid.NewGuid(), CallerKind.Program, $"p{i % Callers}", Role.Operator, new GrantScope($"o{i}", i % 2 == 0 ? "110000" : null, null), default, "bench", null))];
        _current = new CurrentGrants(clock);
        _rules = new AccessRules(_current);
        Swap();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _current.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One thing, as an MQTT message asks whose topic is not known yet.</summary>
    [Benchmark]
    public bool May() => _rules.May(_caller, Permission.ReadObservations, _things[_next = (_next + 1) % ThingCount]);

    /// <summary>All things, as a list with its count asks.</summary>
    [Benchmark]
    public int VisibleOfAll()
    {
        var (visible, count) = (_rules.Visible(_caller), 0);
        foreach (var thing in _things)
            if (visible(thing)) count++;
        return count;
    }

    /// <summary>A new book of all grants, as after any change of one.</summary>
    [Benchmark]
    public void Swap() => _current.Apply(_grants, _tree.IsWithin);

    /// <summary>The first list after it, when nothing is known of the caller yet.</summary>
    [Benchmark]
    public int SwapAndVisibleOfAll()
    {
        Swap();
        return VisibleOfAll();
    }
}
