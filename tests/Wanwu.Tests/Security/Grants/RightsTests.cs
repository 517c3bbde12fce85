using System.Diagnostics;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Grants;

/// <summary>What follows from grants, without a server.</summary>
public sealed class RightsTests
{
    private static readonly OrganisationTree Tree = OrganisationTree.Of([Organisation("city"), Organisation("bureau", "city"), Organisation("district", "bureau"), Organisation("other")]);

    private static OrganisationEntry Organisation(string id, string? parent = null) => new() { Id = id, Name = LocalizedText.Of(id, id, id), Parent = parent };

    private static Caller Program(string id) => new(CallerKind.Program, id, null) { Id = id };

    private static ThingEntry Thing(string? organisation, string? region = null) =>
        new() { Id = ThingId.New(TimeProvider.System), Name = LocalizedText.Of("t", "t", "t"), Zone = TimeZoneInfo.Utc, Organisation = organisation, Region = region };

    private static AccessRules Rules(params (string Id, string Role, GrantScope Scope)[] held) => new(GrantsOf.Scoped(TimeProvider.System, Tree.IsWithin, held));

    [Fact]
    public void Classes_have_bits_of_their_own_beside_those_of_permissions()
    {
        Assert.Equal(0u, Enum.GetValues<Permission>().Aggregate(0u, (bits, permission) => bits | Rights.Bit(permission)) & ClassBits.All);
        Assert.Equal(ClassBits.All, ClassBits.Of(DataClass.Core, withPersonal: true));
        Assert.Equal(0u, ClassBits.Of(DataClass.Public, withPersonal: false));
        foreach (var (lower, higher) in DataClasses.All.Zip(DataClasses.All.Skip(1)))
            foreach (var personal in (bool[])[false, true])
                Assert.True(ClassBits.IsSeen(ClassBits.Of(lower, personal), ClassBits.Of(higher, personal)) && !ClassBits.IsSeen(ClassBits.Of(higher, personal), ClassBits.Of(lower, personal)));
    }

    [Theory]
    [InlineData("bureau", null, "bureau", null, true)]
    [InlineData("bureau", null, "district", null, true)]
    [InlineData("bureau", null, "city", null, false)]
    [InlineData("bureau", null, "other", null, false)]
    [InlineData("bureau", null, null, null, false)]
    [InlineData(null, "110000", "other", "110105", true)]
    [InlineData(null, "110100", "other", "110105", true)]
    [InlineData(null, "110105", "other", "110105", true)]
    [InlineData(null, "110000", "other", "310105", false)]
    [InlineData(null, "110000", "other", null, false)]
    [InlineData("bureau", "110000", "district", "110105", true)]
    [InlineData("bureau", "110000", "district", "310105", false)]
    [InlineData("bureau", "110000", "other", "110105", false)]
    [InlineData("gone", null, "bureau", null, false)]
    public void A_grant_holds_within_its_organisation_and_region_and_nowhere_else(string? organisation, string? region, string? ofThing, string? whereThing, bool may)
    {
        var rules = Rules(("p", Role.Integrator, new GrantScope(organisation, region, null)));
        var thing = Thing(ofThing, whereThing);
        Assert.Equal(may, rules.May(Program("p"), Permission.ReadThings, thing));
        Assert.Equal(may, rules.May(Program("p"), Permission.ChangeThings, thing));
        Assert.Equal(may, rules.Visible(Program("p"))(thing));
        Assert.False(rules.May(Program("p"), Permission.Correct, thing));
        Assert.True(rules.May(Program("p"), Permission.ReadThings));
        Assert.False(rules.MayEverywhere(Program("p"), Permission.ReadThings));
        Assert.False(rules.May(Program("another"), Permission.ReadThings, thing));
    }

    [Fact]
    public void Grants_add_up_and_a_role_over_a_part_opens_nothing_of_the_whole()
    {
        var rules = Rules(("p", Role.Viewer, GrantScope.Everything), ("p", Role.Administrator, new GrantScope("bureau", null, null)), ("p", Role.Steward, new GrantScope(null, "310000", null)));
        var program = Program("p");
        Assert.True(rules.MayEverywhere(program, Permission.ReadObservations));
        Assert.True(rules.May(program, Permission.ChangeThings, Thing("district")));
        Assert.False(rules.May(program, Permission.ChangeThings, Thing("other", "310101")));
        Assert.True(rules.May(program, Permission.Correct, Thing("other", "310101")));
        Assert.False(rules.May(program, Permission.Administer));
        Assert.False(rules.May(program, Permission.ReadAudit));
        Assert.True(rules.May(program, Permission.MakeGrants));
        Assert.False(rules.HoldsEverywhere(program, Role.Administrator));
        Assert.True(rules.HoldsEverywhere(program, Role.Viewer));
    }

    [Fact]
    public void A_grant_ends_at_its_time_without_anything_else_happening()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        using var grants = new CurrentGrants(clock);
        var changes = 0;
        grants.Changed += () => changes++;
        grants.Apply([new Grant(Guid.NewGuid(), CallerKind.Program, "p", Role.Viewer, GrantScope.Everything, default, "test", Timestamp.From(clock.GetUtcNow().AddDays(3)))], Tree.IsWithin);
        var rules = new AccessRules(grants);
        var version = rules.Version;
        clock.Advance(TimeSpan.FromDays(2.9));
        Assert.True(rules.May(Program("p"), Permission.ReadThings));
        clock.Advance(TimeSpan.FromDays(0.1));
        Assert.False(rules.May(Program("p"), Permission.ReadThings));
        Assert.False(rules.HasRights(Program("p")));
        Assert.True(rules.Version > version && changes > 1);
    }

    [Fact]
    public void While_a_person_is_auditor_administrators_do_not_read_the_audit_trail()
    {
        Grant Held(CallerKind kind, string id, string role) => new(Guid.NewGuid(), kind, id, role, GrantScope.Everything, default, "test", null);
        using var grants = new CurrentGrants(TimeProvider.System);
        var rules = new AccessRules(grants);
        grants.Apply([Held(CallerKind.Program, "a", Role.Administrator), Held(CallerKind.Program, "b", Role.Auditor)], Tree.IsWithin);
        Assert.True(rules.May(Program("a"), Permission.ReadAudit));
        grants.Apply([Held(CallerKind.Program, "a", Role.Administrator), Held(CallerKind.Person, "b", Role.Auditor)], Tree.IsWithin);
        Assert.False(rules.May(Program("a"), Permission.ReadAudit));
        Assert.True(rules.May(new Caller(CallerKind.Person, "b", null) { Id = "b" }, Permission.ReadAudit));
    }

    [Fact]
    public void With_many_things_organisations_and_grants_asking_allocates_nothing_and_costs_little()
    {
        var tree = OrganisationTree.Of([.. Enumerable.Range(0, 5_000).Select(i => Organisation($"o{i}", i < 5 ? null : $"o{(i - 5) / 5}"))]);
        var things = new ThingDirectory();
        ThingEntry[] entries = [.. Enumerable.Range(0, 100_000).Select(i => Thing($"o{i % 5_000}", $"{110_000 + i % 20:D6}"))];
        things.Apply(entries, new Dictionary<string, ModelEntry>(), tree);
        var held = Enumerable.Range(0, 2_000).Select(i => ($"p{i % 400}", Role.Operator, new GrantScope($"o{i}", i % 2 == 0 ? "110000" : null, null)));
        var rules = new AccessRules(GrantsOf.Scoped(TimeProvider.System, tree.IsWithin, [.. held]));
        var caller = Program("p7");
        var expected = entries.Count(thing => new[] { 7, 407, 807, 1207, 1607 }.Any(i => tree.IsWithin(thing.Organisation, $"o{i}")));
        Assert.InRange(expected, 1, 50_000);
        Assert.Equal(expected, entries.Count(thing => rules.May(caller, Permission.ReadThings, thing)));

        var visible = rules.Visible(caller);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = 0;
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            count = 0;
            var started = Stopwatch.GetTimestamp();
            foreach (var thing in entries)
                if (visible(thing)) count++;
            if (Stopwatch.GetElapsedTime(started) is var took && took < best) best = took;
            foreach (var thing in entries.AsSpan(0, 1_000)) _ = rules.May(caller, Permission.ReadObservations, thing);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(expected, count);
        // A few milliseconds at most even in a debug build on a busy machine; the benchmark says how few.
        Assert.True(best < TimeSpan.FromMilliseconds(50), $"{best}");
    }
}
