using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Hosting;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Tests.Registry.Organisations;

/// <summary>A registry in which organisations were mere texts comes to have them as a tree.</summary>
public sealed class OrganisationMigrationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-older-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_things_policies_and_holds_name_becomes_an_organisation()
    {
        await using (var services = Composition.CreateBuilder([$"--Data:Path={_folder}"]).Services.BuildServiceProvider())
        {
            await using var db = await services.GetRequiredService<IDbContextFactory<RegistryDb>>().CreateDbContextAsync(Stop);
            await db.GetService<IMigrator>().MigrateAsync("SavedQueries", Stop);
            foreach (var (name, organisation) in new[] { ("one", "city"), ("two", "city/water"), ("three", "city/water"), ("four", "cityhall"), ("five", null) })
                await db.Database.ExecuteSqlAsync($"""
                    INSERT INTO Things (Id, NameEn, Lifecycle, Organisation, Created, Changed, Revision, Sequence)
                    VALUES ({ThingId.New(TimeProvider.System).ToString()}, {name}, 2, {organisation}, 1000, 1000, 1, 1)
                    """, Stop);
            await db.Database.ExecuteSqlRawAsync("""
                INSERT INTO RetentionPolicies (Id, Revision) VALUES ('rail', 1);
                INSERT INTO RetentionPolicyVersions (PolicyId, Version, Json, Made, MadeBy, Effective) VALUES ('rail', 1, '{{"organisation":"rail"}}', 2000, 'me', 2000);
                INSERT INTO LegalHolds (Id, Json, Placed, PlacedBy) VALUES ('h', '{{"reason":"case 7","organisations":["city/water/east"]}}', 3000, 'me');
                """, Stop);
        }
        await using var server = await WanwuServer.StartAsync(_folder);
        var tree = server.Get<ThingDirectory>().Organisations;
        Assert.Equal(["city", "city/water", "city/water/east", "cityhall", "rail"], tree.All.Select(entry => entry.Id));
        Assert.Equal([null, "city", "city/water", null, null], tree.All.Select(entry => entry.Parent));
        Assert.Equal(("city", new Timestamp(1000), 1), (tree.Find("city")!.Name.English, tree.Find("city")!.Created, tree.Find("city")!.Revision));
    }
}
