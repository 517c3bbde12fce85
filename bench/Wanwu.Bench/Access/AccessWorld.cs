using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Bench.Access;

/// <summary>A program that asks: its token, and what it holds in a word.</summary>
internal sealed record Asker(string Name, string Token);

/// <summary>A registry as large as the figures are asked for, written before the server starts.</summary>
/// <remarks>Organisations are a tree of two branches each, twelve deep; things hang on all of them, in two regions each; grants are those of 400 programs, five each.</remarks>
internal sealed class AccessWorld
{
    public const int ThingCount = 100_000, OrganisationCount = 5_000, GrantCount = 2_000, GrantsEach = 5, Depth = 12;
    /// <summary>A branch within <see cref="Granted"/>: 160 organisations, 3 200 things.</summary>
    public const string Branch = "o31";
    private const string Granted = "o3";
    private const int Chunk = 5_000;
    private static readonly string[] Regions = ["110101", "110105", "310101", "310115", "440106", "440305", "330106", "320102", "510104", "610104"];

    private AccessWorld(IReadOnlyList<ThingId> inBranch, Asker all, Asker part) => (InBranch, All, Part) = (inBranch, all, part);

    /// <summary>The things of <see cref="Branch"/>: both askers may do the same to them.</summary>
    public IReadOnlyList<ThingId> InBranch { get; }
    /// <summary>An integrator of everything.</summary>
    public Asker All { get; }
    /// <summary>An integrator by five grants, one of them over a quarter of the tree.</summary>
    public Asker Part { get; }

    public static string Organisation(int number) => $"o{number}";

    public static int? ParentOf(int number) => number == 0 ? null : (number - 1) / 2;

    public static string RegionOf(int thing) => Regions[(thing % OrganisationCount + thing / (ThingCount / 2)) % Regions.Length];

    /// <summary>The grant of that number: every second one over a region of its organisation alone.</summary>
    public static (string Organisation, string? Region) ScopeOf(int grant) =>
        grant == 0 ? (Granted, null) : (Organisation(1 + grant * 17 % (OrganisationCount - 1)), grant % 2 == 0 ? "110000" : null);

    /// <param name="folder">With a registry that holds nothing yet.</param>
    public static async Task<AccessWorld> WriteAsync(string folder)
    {
        var source = new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "registry.db"), ForeignKeys = true }.ToString();
        var options = new DbContextOptionsBuilder<RegistryDb>().UseSqlite(source).Options;
        await WriteAsync(options, Enumerable.Range(0, OrganisationCount).Select(number => (object)new OrganisationRow
        {
            Id = Organisation(number), NameEn = $"Organisation {number}", ParentId = ParentOf(number) is { } parent ? Organisation(parent) : null, Sequence = 1,
        }));
        List<ThingId> inBranch = [];
        await WriteAsync(options, Enumerable.Range(0, ThingCount).Select(number => (object)ThingOf(number, inBranch)));
        var (all, part, rows) = Askers();
        await WriteAsync(options, rows);
        await using var db = new RegistryDb(options);
        (await db.Counters.SingleAsync()).Last = 1;
        await db.SaveChangesAsync();
        return new AccessWorld(inBranch, all, part);
    }

    private static ThingRow ThingOf(int number, List<ThingId> inBranch)
    {
        var id = ThingId.New(TimeProvider.System);
        var organisation = number % OrganisationCount;
        if (IsInBranch(organisation)) inBranch.Add(id);
        return new ThingRow { Id = id, NameEn = string.Create(CultureInfo.InvariantCulture, $"Thing {number}"), Organisation = Organisation(organisation), Region = RegionOf(number), Sequence = 1 };
    }

    private static bool IsInBranch(int organisation)
    {
        for (int? at = organisation; at is { } number; at = ParentOf(number))
            if (Organisation(number) == Branch) return true;
        return false;
    }

    private static (Asker All, Asker Part, List<object> Rows) Askers()
    {
        List<object> rows = [];
        Asker Add(string name, Guid id)
        {
            var token = AccessTokenText.Make();
            rows.Add(new AccessTokenRow { Id = id, Name = name, Hash = AccessTokenText.Hash(token), Created = Timestamp.Now(TimeProvider.System) });
            return new Asker(name, token);
        }
        Guid everything = Guid.CreateVersion7();
        rows.Add(GrantOf(everything, null, null));
        Guid[] programs = [.. Enumerable.Range(0, GrantCount / GrantsEach).Select(_ => Guid.CreateVersion7())];
        rows.AddRange(Enumerable.Range(0, GrantCount - 1).Select(number => (object)GrantOf(programs[number / GrantsEach], ScopeOf(number).Organisation, ScopeOf(number).Region)));
        return (Add("everything", everything), Add("five grants", programs[0]), rows);
    }

    private static GrantRow GrantOf(Guid program, string? organisation, string? region) => new()
    {
        Id = Guid.CreateVersion7(), SubjectKind = CallerKind.Program, Subject = program, Role = Role.Integrator, Organisation = organisation, Region = region,
        Created = Timestamp.Now(TimeProvider.System), CreatedBy = "bench", Sequence = 1,
    };

    private static async Task WriteAsync(DbContextOptions<RegistryDb> options, IEnumerable<object> rows)
    {
        foreach (var chunk in rows.Chunk(Chunk))
        {
            await using var db = new RegistryDb(options);
            db.AddRange(chunk);
            await db.SaveChangesAsync();
        }
    }
}
