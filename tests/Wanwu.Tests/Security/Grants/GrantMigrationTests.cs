using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Grants;

/// <summary>A registry from before there were grants.</summary>
public sealed class GrantMigrationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-grants-").FullName;

    [Fact]
    public async Task What_people_and_tokens_held_they_hold_over_everything()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var db = new RegistryDb(new DbContextOptionsBuilder<RegistryDb>().UseSqlite($"Data Source={Path.Combine(_folder, "registry.db")};Pooling=False").Options);
        var migrator = db.GetService<IMigrator>();
        await migrator.MigrateAsync("Programs", stop);
        var (person, live, revoked) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await db.Database.ExecuteSqlRawAsync(
            "INSERT INTO People (Id, Roles, UserName, NormalizedUserName, EmailConfirmed, PhoneNumberConfirmed, TwoFactorEnabled, LockoutEnabled, AccessFailedCount) VALUES ({0}, {1}, 'li', 'LI', 0, 0, 0, 1, 0)",
            [person, """["operator","steward"]"""], stop);
        foreach (var (id, role, end) in new (Guid, string, long?)[] { (live, "integrator", null), (revoked, "administrator", 7) })
            await db.Database.ExecuteSqlRawAsync("INSERT INTO AccessTokens (Id, Name, Role, Hash, Created, Revoked) VALUES ({0}, 'n', {1}, {2}, 5, {3})", [id, role, id.ToByteArray(), end!], stop);
        await migrator.MigrateAsync(cancellationToken: stop);

        var grants = await db.Grants.AsNoTracking().ToListAsync(stop);
        Assert.Equal(
            new[] { (person, "operator", false), (person, "steward", false), (live, "integrator", false), (revoked, "administrator", true) }.Order(),
            grants.Select(grant => (grant.Subject, grant.Role, grant.Ended is not null)).Order());
        Assert.All(grants, grant => Assert.Equal((null, null, null, grant.Subject == person ? CallerKind.Person : CallerKind.Program), (grant.Organisation, grant.Region, grant.Sector, grant.SubjectKind)));
        Assert.All(grants, grant => Assert.Equal((Last(db), false), (grant.Sequence, grant.Created == default(Timestamp))));
        // All there was is internal; personal values stay in sight, and the list says that nobody recorded why.
        Assert.All(grants, grant => Assert.Equal((DataClass.Internal, grant.Ended is null ? LegalBasis.Unrecorded : null), (grant.DataClass, grant.LegalBasis)));
        Assert.Equal("li", (await db.Users.SingleAsync(stop)).UserName);
        Assert.Equal(2, await db.AccessTokens.CountAsync(stop));

        static long Last(RegistryDb db) => db.Counters.AsNoTracking().Single().Last;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
