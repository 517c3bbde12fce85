using System.Globalization;
using BenchmarkDotNet.Attributes;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Bench.Access;

/// <summary>What the decision costs with 100 000 things, 5 000 organisations and 2 000 grants, five of them the caller's.</summary>
[MemoryDiagnoser]
public class AccessBenchmarks : IDisposable
{
    private readonly Caller _caller = new(CallerKind.Program, "caller", null) { Id = "p0" };
    private ThingEntry[] _things = null!;
    private Grant[] _grants = null!;
    private OrganisationTree _tree = null!;
    private CurrentGrants _current = null!;
    private AccessRules _rules = null!;
    private int _next;

    internal int Count => _things.Length;

    [GlobalSetup]
    public void Setup()
    {
        var clock = TimeProvider.System;
        _tree = OrganisationTree.Of([.. Enumerable.Range(0, AccessWorld.OrganisationCount).Select(OrganisationOf)]);
        _things = [.. Enumerable.Range(0, AccessWorld.ThingCount).Select(i => new ThingEntry
        {
            Id = ThingId.New(clock), Name = LocalizedText.Of("t"), Zone = TimeZoneInfo.Utc, Organisation = AccessWorld.Organisation(i % AccessWorld.OrganisationCount), Region = AccessWorld.RegionOf(i),
        })];
        new ThingDirectory().Apply(_things, new Dictionary<string, ModelEntry>(), _tree);
        _grants = [.. Enumerable.Range(0, AccessWorld.GrantCount).Select(GrantOf)];
        _current = new CurrentGrants(clock);
        _rules = new AccessRules(_current);
        Swap();
    }

    private static OrganisationEntry OrganisationOf(int number)
    {
        var id = AccessWorld.Organisation(number);
        return new OrganisationEntry { Id = id, Name = LocalizedText.Of(id), Parent = AccessWorld.ParentOf(number) is { } parent ? AccessWorld.Organisation(parent) : null };
    }

    private static Grant GrantOf(int number)
    {
        var (organisation, region) = AccessWorld.ScopeOf(number);
        var program = string.Create(CultureInfo.InvariantCulture, $"p{number / AccessWorld.GrantsEach}");
        return new Grant(Guid.NewGuid(), CallerKind.Program, program, Role.Integrator, new GrantScope(organisation, region, null), default, "bench", null);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _current.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One thing, as an MQTT message asks whose topic is not known yet.</summary>
    [Benchmark]
    public bool May() => _rules.May(_caller, Permission.ReadObservations, _things[_next = (_next + 1) % _things.Length]);

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
