using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Makes a plain table of a Parquet file, in a DuckDB of its own that sees this folder and nothing else.</summary>
internal static class ParquetTable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly string[] OfColdFile = ["thing", "property", "t", "quality", "kind", "number", "number2", "integer", "text"];
    private static readonly string[] OfExport = ["thing", "property", "t", "value", "integer", "text", "lat", "lon", "kind", "quality"];

    /// <exception cref="SourceFileException">It cannot be read, or becomes larger than <paramref name="most"/> bytes.</exception>
    public static Task UnpackAsync(ImportFolder folder, long most, int megabytes, TimeProvider clock, CancellationToken stop) => Task.Run(() =>
    {
        using var connection = Open(folder, megabytes);
        var isTooLarge = false;
        using var ended = stop.Register(() => connection.NativeConnection.Interrupt());
        using var watch = clock.CreateTimer(_ =>
        {
            if (!File.Exists(folder.Source) || new FileInfo(folder.Source).Length <= most) return;
            isTooLarge = true;
            connection.NativeConnection.Interrupt();
        }, null, LookEvery, LookEvery);
        try
        {
            var columns = Columns(connection, folder);
            if (columns.Count > CsvRecords.MaxFields) throw new SourceFileException($"The file has {columns.Count} columns; at most {CsvRecords.MaxFields} are read.");
            Execute(connection, $"COPY (SELECT {Selection(columns)} FROM {From(folder)}) TO {ColdSql.Quote(folder.Source)} (FORMAT csv, HEADER true, NULLSTR '')");
        }
        catch (DuckDBException fault)
        {
            stop.ThrowIfCancellationRequested();
            throw isTooLarge
                ? new SourceFileException($"The file becomes larger than {most >> 20} MiB when it is unpacked. Cut it, or raise Connect:Imports:MaxMegabytes.", StatusCodes.Status413PayloadTooLarge)
                : new SourceFileException($"The Parquet file cannot be read: {fault.Message}");
        }
        if (new FileInfo(folder.Source).Length > most)
            throw new SourceFileException($"The file becomes larger than {most >> 20} MiB when it is unpacked. Cut it, or raise Connect:Imports:MaxMegabytes.", StatusCodes.Status413PayloadTooLarge);
    }, stop);

    private static DuckDBConnection Open(ImportFolder folder, int megabytes)
    {
        var connection = new DuckDBConnection(string.Create(CultureInfo.InvariantCulture, $"DataSource=:memory:;memory_limit={megabytes}MiB;threads=1"));
        connection.Open();
        Execute(connection, $"SET temp_directory = {ColdSql.Quote(Path.Combine(folder.Path, "work"))}; SET TimeZone = 'UTC'; SET allowed_directories = [{ColdSql.Quote(folder.Path + "/")}]; SET enable_external_access = false; SET lock_configuration = true");
        return connection;
    }

    private static string From(ImportFolder folder) => ColdSql.Parquet([folder.Parquet]);

    private static List<(string Name, string Type)> Columns(DuckDBConnection connection, ImportFolder folder)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"DESCRIBE SELECT * FROM {From(folder)}";
        using var reader = command.ExecuteReader();
        var columns = new List<(string, string)>();
        while (reader.Read()) columns.Add((reader.GetString(0), reader.GetString(1)));
        return columns;
    }

    private static string Selection(List<(string Name, string Type)> columns)
    {
        if (OfColdFile.All(name => columns.Any(column => column.Name == name))) return ColdSelection();
        if (OfExport.All(name => columns.Any(column => column.Name == name))) return ExportSelection();
        return string.Join(", ", columns.Select(column =>
        {
            var name = '"' + column.Name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
            return $"{Written(name, column.Type)} AS {name}";
        }));
    }

    /// <summary>An instant to the microsecond; a wall clock's time as one, for the mapping to say where the wall is.</summary>
    private static string Written(string name, string type) => type switch
    {
        "TIMESTAMP WITH TIME ZONE" => Instant(name),
        _ when type.StartsWith("TIMESTAMP", StringComparison.Ordinal) => $"strftime({name}::TIMESTAMP, '%Y-%m-%d %H:%M:%S.%f')",
        _ => $"{name}::VARCHAR",
    };

    /// <summary>The platform's own cold files: a value is in the column of its kind.</summary>
    private static string ColdSelection()
    {
        var kinds = string.Join(", ", ValueKindNames.All.Select(ColdSql.Quote));
        var qualities = string.Join(", ", Enum.GetValues<Quality>().Select(quality => ColdSql.Quote(System.Text.Encoding.UTF8.GetString(Intake.Qualities.NameOf(quality)))));
        return $$"""
            thing, property, {{Instant("t")}} AS t,
            CASE kind WHEN 1 THEN number::VARCHAR WHEN 2 THEN coalesce(integer, number::BIGINT)::VARCHAR WHEN 3 THEN CASE number WHEN 0 THEN 'false' ELSE 'true' END
                WHEN 5 THEN number || ',' || number2 WHEN 4 THEN text WHEN 6 THEN text END AS value,
            [{{kinds}}][kind + 1] AS kind, [{{qualities}}][quality + 1] AS quality
            """;
    }

    /// <summary>What the platform exports: a value is in the column of its kind, which is named.</summary>
    private static string ExportSelection() => $"""
        thing, property, {Instant("t")} AS t,
        CASE kind WHEN 'number' THEN value::VARCHAR WHEN 'integer' THEN coalesce(integer, value::BIGINT)::VARCHAR WHEN 'boolean' THEN CASE value WHEN 0 THEN 'false' ELSE 'true' END
            WHEN 'point' THEN lat || ',' || lon WHEN 'text' THEN text WHEN 'object' THEN text END AS value,
        kind, quality
        """;

    private static string Instant(string column) => $"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%dT%H:%M:%S.%fZ')";

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
