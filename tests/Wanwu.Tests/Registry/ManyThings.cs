using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Hosting;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Tests.Registry;

/// <summary>Fills the registry of a folder in a few seconds: the API would take a minute for a hundred thousand.</summary>
internal static class ManyThings
{
    /// <summary>Thing <c>i</c> is called 監測站 / 监测站 / Monitoring station and its number, and has two identifiers and two labels.</summary>
    public static async Task FillAsync(string folder, int count, CancellationToken stop, int organisations = 100)
    {
        await using var services = Composition.CreateBuilder([$"--Data:Path={folder}"]).Services.BuildServiceProvider();
        var database = services.GetRequiredService<RegistryDatabase>();
        await database.PrepareAsync(services.GetRequiredService<IDbContextFactory<RegistryDb>>(), stop);
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction();
        using var organisation = Insert(connection,
            "INSERT INTO Organisations (Id, NameEn, ParentId, IsRemoved, Created, Changed, Revision, Sequence) VALUES ($0, $0, nullif($1, ''), 0, $2, $2, 1, 1)", 3);
        using var thing = Insert(connection, """
            INSERT INTO Things (Id, NameHant, NameHans, NameEn, Lifecycle, Organisation, Region, Latitude, Longitude, Labels, Secret, Created, Changed, Revision, Sequence)
            VALUES ($0, $1, $2, $3, 2, $4, $5, 39.9, 116.4, $6, $7, $8, $8, 1, 1)
            """, 9);
        using var identifier = Insert(connection, "INSERT INTO ThingIdentifiers (ThingId, Scheme, Value, Raw, InUse) VALUES ($0, $1, $2, $2, 1)", 3);
        var began = DateTimeOffset.UnixEpoch.AddYears(55);
        // A tree of which each organisation has up to eight directly below it; things are those of all but the top in turn.
        for (var i = 0; i < organisations; i++) Run(organisation, OrganisationOf(i), i == 0 ? "" : OrganisationOf((i - 1) / 8), Timestamp.From(began).Microseconds);
        for (var i = 0; i < count; i++)
        {
            var id = new ThingId(Guid.CreateVersion7(began.AddMilliseconds(i))).ToString();
            var number = i.ToString("000000", CultureInfo.InvariantCulture);
            Run(thing, id, $"監測站 {number}", $"监测站 {number}", $"Monitoring station {number}", OrganisationOf(i % organisations), $"{110101 + i % 17}",
                $$"""{"line":"{{i % 40}}","maker":"acme"}""", new byte[48], Timestamp.From(began.AddMilliseconds(i)).Microseconds);
            Run(identifier, id, "custom", $"DEV-{number}");
            Run(identifier, id, "eui64", (0x0024BEFFFE000000 + i).ToString("X16", CultureInfo.InvariantCulture));
        }
        using var counter = connection.CreateCommand();
        counter.CommandText = "UPDATE ChangeCounter SET Last = 1";
        counter.ExecuteNonQuery();
        transaction.Commit();
    }

    public static string OrganisationOf(int number) => $"organisation {number}";

    private static SqliteCommand Insert(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        return command;
    }

    private static void Run(SqliteCommand command, params object[] values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }
}
