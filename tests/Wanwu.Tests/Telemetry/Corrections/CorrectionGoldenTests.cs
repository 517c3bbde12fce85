using System.Text;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Corrections;

/// <summary>The file that shows what a correction looks like in version 1 of the log. It was written once and is only ever read.</summary>
public sealed class CorrectionGoldenTests
{
    private static readonly ThingId Thing = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");
    private static readonly Timestamp Received = Timestamp.Parse("2026-01-01T08:00:00.000123Z");

    private static string Golden => Repository.File("tests", "Wanwu.Tests", "Telemetry", "Golden", "log-v1-correction.golden");

    private static byte[] Write()
    {
        var series = new SeriesTable().Of(Thing).GetOrAdd(PropertyName.Parse("水位"));
        Value[] values = [Value.None, Value.OfNumber(21.5), Value.OfInteger(-42), Value.OfBoolean(true), Value.OfText("萬物有序"), Value.OfPoint(39.9042, 116.4074), Value.OfObject("""{"a":[1,2]}""")];
        var originals = values.Select((value, i) => new Original(value, (Quality)i, new Timestamp(Received.Microseconds - 1_000 - i))).ToArray();
        var observations = values.Select((_, i) => new Observation(series, new Timestamp(Received.Microseconds - i * 1_000_000), Value.OfNumber(i), Quality.Substituted)).ToArray();
        var writer = new RecordWriter(1024);
        writer.Definition(series);
        writer.Message(new MessageRecord
        {
            Protocol = "correction", Thing = Thing, Received = Received, Observations = observations,
            Correction = new CorrectionNote(1_767_254_400_000_123, CallerKind.Program, "值班 duty", "浮子卡住 the float stuck", originals),
        });
        var file = new byte[LogFormat.HeaderBytes + writer.Length];
        LogFormat.WriteHeader(file, 0);
        LogFormat.Seal(writer.Written, LogFormat.HeaderBytes);
        writer.Written.CopyTo(file.AsSpan(LogFormat.HeaderBytes));
        return file;
    }

    [Fact]
    public void What_is_written_today_is_what_was_written_then_byte_for_byte() => Assert.Equal(File.ReadAllBytes(Golden), Write());

    [Fact]
    public void The_golden_file_reads_as_what_it_was_written_from()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-golden-").FullName;
        try
        {
            File.Copy(Golden, LogFolder.PathOf(folder, 0));
            var text = new StringBuilder();
            var (_, damage) = LogScan.Read(LogFolder.List(folder), (in LogRecord record) => Tell(text, record), TestContext.Current.CancellationToken);
            Assert.Empty(damage);
            Assert.Equal("""
                1767254400000123 Program '值班 duty' '浮子卡住 the float stuck'
                Good None '' 2026-01-01T07:59:59.999123Z
                Suspect Number '21.5' 2026-01-01T07:59:59.999122Z
                Maintenance Integer '-42' 2026-01-01T07:59:59.999121Z
                Calibration Boolean 'true' 2026-01-01T07:59:59.999120Z
                OverRange Text '萬物有序' 2026-01-01T07:59:59.999119Z
                UnderRange Point '39.9042,116.4074' 2026-01-01T07:59:59.999118Z
                Fault Object '{"a":[1,2]}' 2026-01-01T07:59:59.999117Z
                correction 2026-01-01T08:00:00.000123Z 7: 0 1 2 3 4 5 6

                """, text.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Tell(StringBuilder text, in LogRecord record)
    {
        if (record.Type != RecordType.Correction) return;
        var reader = new RecordReader(record.Payload);
        var stepped = reader;
        stepped.SkipNote();
        var note = reader.Note();
        text.Append($"{note.Number} {note.ByKind} '{note.By}' '{note.Reason}'\n");
        foreach (var original in note.Originals) text.Append($"{original.Quality} {original.Value.Kind} '{original.Value}' {original.Received}\n");
        var head = reader.Head();
        Assert.Equal(head.Received, stepped.Head().Received);
        var count = reader.Int32();
        Assert.Equal(0, reader.Int32());
        text.Append($"{Encoding.ASCII.GetString(head.Protocol)} {head.Received} {count}:");
        for (var i = 0; i < count; i++) text.Append($" {reader.Observation().ToValue()}");
        text.Append('\n');
    }
}
