using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>Telemetry with retention, on a folder of its own; rules are set straight.</summary>
internal sealed class RetentionRig : IAsyncDisposable
{
    public static readonly ColdOptions ColdOptions = new() { MemoryMegabytes = 64, CloseAfterHours = 0 };

    public RetentionRig(string folder, ThingDirectory things, RetentionRules? rules = null, int rewriteAfterDays = 31, TimeSpan past = default, ColdOptions? cold = null, StoreOptions? storeOptions = null)
    {
        Telemetry = new TelemetryRig(folder, storeOptions: storeOptions, coldOptions: cold ?? ColdOptions);
        Telemetry.Clock.Advance(past);
        Book = new RetentionBook(new PooledDbContextFactory<RegistryDb>(new DbContextOptionsBuilder<RegistryDb>().UseSqlite("Data Source=:memory:").Options));
        if (rules is not null) Book.Apply(rules);
        var counts = new FileCounts(Telemetry.Database);
        var rooms = new ExpiryRooms(Telemetry.Database, Telemetry.Loader, Telemetry.Series, Telemetry.Accounts, counts, things);
        var expiry = new Expiry(rooms, Book, Options.Create(new RetentionOptions { RewriteAfterDays = rewriteAfterDays }), Options.Create(cold ?? ColdOptions), Faults, Telemetry.Clock);
        Telemetry.Compaction.Before = expiry.Run;
    }

    public TelemetryRig Telemetry { get; }
    public RetentionBook Book { get; }
    public ExpiryFaults Faults { get; } = new();

    public Timestamp Now => Timestamp.Now(Telemetry.Clock);

    public async Task<List<(Timestamp Time, long Value)>> ReadAsync(ThingId thing, string property)
    {
        await Telemetry.LoadAsync();
        if (Telemetry.Series.FindThing(thing)?.Find(PropertyName.Parse(property)) is null) return [];
        var query = new SeriesQuery(thing, PropertyName.Parse(property), Timestamp.Min, Timestamp.Max) { Limit = 100_000 };
        return [.. (await Telemetry.Queries.ReadAsync(query, TestContext.Current.CancellationToken)).Items.Select(item => (item.Time, (long)item.Value.AsNumber))];
    }

    public Task<List<ExpiryView>> JournalAsync() => Telemetry.Database.QueryAsync((connection, _) => ExpiryJournal.Read(connection, long.MaxValue, 1_000), TestContext.Current.CancellationToken);

    /// <summary>A city with its waterworks, and a city hall beside it.</summary>
    private static IEnumerable<OrganisationEntry> Organisations => new[] { ("city", null), ("city/water", "city"), ("cityhall", null) }
        .Select(one => new OrganisationEntry { Id = one.Item1, Name = LocalizedText.Of(one.Item1), Parent = one.Item2 });

    public static ThingDirectory Directory(params (ThingId Id, string? Organisation)[] things)
    {
        var directory = new ThingDirectory();
        directory.Apply([.. things.Select(thing => new ThingEntry { Id = thing.Id, Name = LocalizedText.Of("thing"), Organisation = thing.Organisation, Zone = TimeZoneInfo.Utc })],
            new Dictionary<string, ModelEntry>(), OrganisationTree.Of([.. Organisations]));
        return directory;
    }

    public static PolicyEntry Policy(string id, string? coldFor, string? property = null, string? organisation = null, string? rollupsFor = null) => new(id, 1, TelemetryRig.Now, new RetentionPolicy
    {
        Id = id, Property = property, Organisation = organisation, ColdFor = KeepFor.TryParse(coldFor, out var keep) ? keep : null, RollupsFor = KeepFor.TryParse(rollupsFor, out var rollups) ? rollups : null,
    }, null);

    public static RetentionRules Rules(params PolicyEntry[] policies) => new(policies, []);

    public static LegalHold Hold(ThingId thing, Timestamp? from = null, Timestamp? to = null) => new()
    {
        Id = "hold", Reason = "a case", Things = [thing.ToString()], From = from, To = to, PlacedBy = "test",
    };

    public ValueTask DisposeAsync() => Telemetry.DisposeAsync();
}
