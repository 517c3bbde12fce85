using Wanwu.Hosting.Options;
using Wanwu.Registry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Checks;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Export;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Sql;
using Wanwu.Telemetry.Sql.Saved;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry;

internal static class TelemetryModule
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.AddSettings<LogOptions>("Telemetry:Log");
        builder.Services.AddSingleton<SeriesTable>();
        builder.Services.AddSingleton<LatestValues>();
        builder.Services.AddSingleton<ISeenProperties, ReportedProperties>();
        builder.Services.AddSingleton<CommittedBatches>();
        builder.Services.AddSingleton<DiskFaults>();
        builder.Services.AddSingleton<UnloadedTail>(_ => new UnloadedTail());
        builder.Services.AddSingleton<Committer>();
        builder.Services.AddSingleton<ObservationLog>();
        builder.Services.AddSingleton<LogReplay>();
        builder.Services.AddSingleton<LogCleanup>();
        builder.Services.AddSingleton<ObservationsInLog>();
        builder.AddSettings<StoreOptions>("Telemetry:Store");
        builder.AddSettings<ColdOptions>("Telemetry:Cold");
        builder.Services.AddSingleton<ColdFiles>();
        builder.Services.AddSingleton<ColdFaults>();
        builder.Services.AddSingleton<Compaction>();
        builder.AddSettings<RollupOptions>("Telemetry:Rollups");
        builder.Services.AddSingleton<HourSummary>();
        builder.Services.AddSingleton<RollupUpkeep>();
        builder.Services.AddSingleton(services =>
            new SeriesZones(services.GetRequiredService<SeriesTable>(), thing => services.GetRequiredService<ThingDirectory>().Find(thing)?.Zone ?? TimeZoneInfo.Utc));
        builder.Services.AddSingleton<SeriesRelations>();
        builder.Services.AddSingleton<StoreDatabase>();
        builder.Services.AddSingleton<Accounts>();
        builder.Services.AddSingleton<LoadFaults>();
        builder.Services.AddSingleton<StoreLoader>();
        builder.Services.AddSingleton<StoreStart>();
        builder.Services.AddSingleton<TelemetryRooms>();
        builder.Services.AddSingleton<ObservationQueries>();
        builder.Services.AddSingleton<SightedValues>();
        builder.AddSettings<QueryOptions>("Telemetry:Query");
        builder.Services.AddSingleton<QueryTurns>();
        builder.Services.AddSingleton<QueryThreads>();
        builder.Services.AddSingleton<ManyQueries>();
        builder.Services.AddSingleton<SeriesPicker>();
        builder.Services.AddSingleton<KeptTimes>();
        builder.Services.AddSingleton<Asking.Rooms>();
        builder.Services.AddSingleton<PersonalFinds>();
        builder.Services.AddSingleton<StoredTimes>();
        builder.Services.AddSingleton<ObservationWatch>();
        builder.AddRetention();
        builder.Services.AddSingleton<TelemetryBackup>();
        builder.Services.AddSingleton<TelemetryCheck>();
        builder.Services.AddHostedService<CheckMetrics>();
        builder.Services.AddSingleton<QualityReading>();
        builder.Services.AddSingleton<CorrectionDesk>();
        builder.Services.AddSingleton<CorrectionQueries>();
        builder.AddSettings<SqlOptions>("Telemetry:Sql");
        builder.Services.AddSingleton<SqlParser>();
        builder.Services.AddSingleton<SqlSight>();
        builder.Services.AddSingleton<SqlStoreViews>();
        builder.Services.AddSingleton<SqlViews>();
        builder.Services.AddSingleton<SqlTurns>();
        builder.Services.AddSingleton<SqlClock>();
        builder.Services.AddSingleton<SqlQueries>();
        builder.Services.AddSingleton<SavedQueries>();
        builder.Services.AddHostedService<TelemetryStart>();
        builder.Services.AddErasure();
        builder.Services.AddHostedService(services => services.GetRequiredService<RollupUpkeep>());
    }

    public static void MapTelemetry(this WebApplication app)
    {
        app.MapObservations();
        app.MapManySeries();
        app.MapExport();
        app.MapAccounts();
        app.MapTiers();
        app.MapQuality();
        app.MapRetention();
        app.MapErasure();
        app.MapSql();
        app.MapSavedQueries();
    }
}
