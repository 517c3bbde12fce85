using System.Text;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>The file that shows what version 1 of the log looks like. It was written once and is only ever read.</summary>
public sealed class LogGoldenTests
{
    private const long First = 123_456;
    private static readonly ThingId Thing = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");
    private static readonly Timestamp Received = Timestamp.Parse("2026-01-01T08:00:00.000123Z");

    /// <summary>Every type of record, every kind of value, every quality.</summary>
    private static byte[] Write()
    {
        var table = new SeriesTable();
        Value[] values =
        [
            Value.None, Value.OfNumber(21.5), Value.OfInteger(-42), Value.OfBoolean(true), Value.OfText("萬物有序"), Value.OfPoint(39.9042, 116.4074), Value.OfObject("""{"a":[1,2]}"""),
        ];
        var observations = Enum.GetValues<Quality>().Select((quality, i) =>
            new Observation(table.Of(Thing).GetOrAdd(PropertyName.Parse($"p{i}")), new Timestamp(Received.Microseconds - i * 1_000_000), values[i % values.Length], quality)).ToArray();
        Refusal[] refusals =
        [
            new(RefusalReason.BrokenJson, "Not JSON at byte 3.", Thing, null, 1, new byte[] { 0x7B, 0xFF }, "v1/report"),
            new(RefusalReason.WrongUnit, "溫度的單位是 Cel。", null, "溫度", 3, default, null),
        ];
        var writer = new RecordWriter(1024);
        foreach (var observation in observations) writer.Definition(observation.Series);
        writer.Message(new MessageRecord { Protocol = "mqtt", Thing = Thing, Received = Received, Origin = 0xFEDC_BA98_7654_3210, Observations = observations, Refusals = refusals });
        writer.Repeat("http", Thing, Received, 1, 5);
        writer.Probe();
        var file = new byte[LogFormat.HeaderBytes + writer.Length + 100];
        LogFormat.WriteHeader(file, First);
        LogFormat.Seal(writer.Written, First + LogFormat.HeaderBytes);
        writer.Written.CopyTo(file.AsSpan(LogFormat.HeaderBytes));
        return file;
    }

    private static string Golden => Repository.File("tests", "Wanwu.Tests", "Telemetry", "Golden", "log-v1.golden");

    [Fact]
    public void What_is_written_today_is_what_was_written_then_byte_for_byte() => Assert.Equal(File.ReadAllBytes(Golden), Write());

    [Fact]
    public void The_golden_file_reads_as_what_it_was_written_from()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-golden-").FullName;
        try
        {
            File.Copy(Golden, LogFolder.PathOf(folder, First));
            var text = new StringBuilder();
            var (end, damage) = LogScan.Read(LogFolder.List(folder), (in LogRecord record) => Tell(text, record), TestContext.Current.CancellationToken);
            Assert.Empty(damage);
            Assert.Equal(First + new FileInfo(Golden).Length - 100, end);
            Assert.Equal(
                """
                1 01jge3xk0067a8yd7p9v5qn4h2 p0
                2 01jge3xk0067a8yd7p9v5qn4h2 p1
                3 01jge3xk0067a8yd7p9v5qn4h2 p2
                4 01jge3xk0067a8yd7p9v5qn4h2 p3
                5 01jge3xk0067a8yd7p9v5qn4h2 p4
                6 01jge3xk0067a8yd7p9v5qn4h2 p5
                7 01jge3xk0067a8yd7p9v5qn4h2 p6
                8 01jge3xk0067a8yd7p9v5qn4h2 p7
                9 01jge3xk0067a8yd7p9v5qn4h2 p8
                10 01jge3xk0067a8yd7p9v5qn4h2 p9
                11 01jge3xk0067a8yd7p9v5qn4h2 p10
                mqtt 01jge3xk0067a8yd7p9v5qn4h2 2026-01-01T08:00:00.000123Z fedcba9876543210
                1 2026-01-01T08:00:00.000123Z Good None ''
                2 2026-01-01T07:59:59.000123Z Suspect Number '21.5'
                3 2026-01-01T07:59:58.000123Z Maintenance Integer '-42'
                4 2026-01-01T07:59:57.000123Z Calibration Boolean 'true'
                5 2026-01-01T07:59:56.000123Z OverRange Text '萬物有序'
                6 2026-01-01T07:59:55.000123Z UnderRange Point '39.9042,116.4074'
                7 2026-01-01T07:59:54.000123Z Fault Object '{"a":[1,2]}'
                8 2026-01-01T07:59:53.000123Z Offline None ''
                9 2026-01-01T07:59:52.000123Z Missing Number '21.5'
                10 2026-01-01T07:59:51.000123Z Substituted Integer '-42'
                11 2026-01-01T07:59:50.000123Z Stopped Boolean 'true'
                BrokenJson 'Not JSON at byte 3.' 01jge3xk0067a8yd7p9v5qn4h2 - 1 7BFF v1/report
                WrongUnit '溫度的單位是 Cel。' - 溫度 3  -
                repeat http 5
                Probe

                """, text.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Tell(StringBuilder text, in LogRecord record)
    {
        var reader = new RecordReader(record.Payload);
        switch (record.Type)
        {
            case RecordType.SeriesDefinition:
                var (number, thing, property) = reader.Definition();
                text.Append($"{number} {thing} {property}\n");
                break;
            case RecordType.Message:
                var head = reader.Head();
                text.Append($"{Encoding.ASCII.GetString(head.Protocol)} {head.Thing} {head.Received} {head.Origin:x16}\n");
                var (observations, refusals) = (reader.Int32(), reader.Int32());
                for (var i = 0; i < observations; i++)
                {
                    var observation = reader.Observation();
                    text.Append($"{observation.Series} {new Timestamp(observation.Time)} {observation.Quality} {observation.Kind} '{observation.ToValue()}'\n");
                }
                for (var i = 0; i < refusals; i++)
                {
                    var refusal = reader.Refusal();
                    text.Append($"{refusal.Reason} '{refusal.Detail}' {refusal.Thing?.ToString() ?? "-"} {refusal.Property ?? "-"} {refusal.Count} {Convert.ToHexString(refusal.Bytes.Span)} {refusal.Source ?? "-"}\n");
                }
                break;
            case RecordType.Repeat:
                text.Append($"repeat {Encoding.ASCII.GetString(reader.Head().Protocol)} {reader.Int32()}\n");
                break;
            default:
                text.Append($"{record.Type}\n");
                break;
        }
    }
}
