using System.Text;
using System.Text.Json;
using CsCheck;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Tests.Connect.Mappings;

/// <summary>Whatever a device sends on a mapped topic becomes observations or named refusals; nothing throws.</summary>
public sealed class HostileMessageTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Wide = """
        "when":"$.off != true","time":{"value":"$.t","form":"local"},"quality":{"value":"$.q","map":{"1":"suspect"}},"values":[
          {"property":"a","value":"$.a","unit":"Cel"},{"property":"b","value":"$.a * 2 + number($.s)"},{"property":"c","value":"$.list[-1].x","kind":"integer"},
          {"property":"d","value":"$.s","map":{"ON":true,"1":1}},{"property":"e","value":"upper($.s) + {x}"},{"members":"$","take":"all"},{"members":"$.o","prefix":"o."}]
        """;

    private readonly MessageIntake _intake = wanwu.Server.Get<MessageIntake>();

    private (ReportBuffer Read, bool Taken) Read(byte[] payload, Device device, string rest)
    {
        var faults = new FieldFaults();
        using var document = JsonDocument.Parse($$"""{"name":"h","topic":"h/{x}","from":"any","thing":"publisher",{{rest}}}""");
        var mapping = MappingReader.Read(document.RootElement, faults);
        Assert.True(mapping is not null, string.Join(' ', faults.All.Values.SelectMany(rules => rules)));
        var caller = Caller.OfThing(ThingId.Parse(device.Id));
        var route = new MappedRoute(new MappingEntry("h", 1, mapping, default), ["x"], new MappedThings(_intake, caller, mapping.Thing, new SeriesTable()));
        var read = new ReportBuffer();
        read.Begin(caller.Thing, "h/x");
        var taken = new MappedReader(_intake).TryRead(payload, MappedTopic.Of(route), _intake.Now, read);
        return (read, taken);
    }

    private static Refusal First(ReportBuffer read) => read.Refusals[0];

    [Fact]
    public async Task Random_bytes_and_nearly_right_json_never_throw()
    {
        var device = await Device.CreateAsync(wanwu);
        const string good = """{"a":1.5,"s":"ON","t":"2026-01-01T10:00:00","q":1,"list":[{"x":1},{"x":2}],"o":{"p":1,"q":[1]},"n\u0061me":"\ud83d\ude00"}""";
        var bytes = Encoding.UTF8.GetBytes(good);
        Gen.Select(Gen.Int[0, bytes.Length - 1].Array[0, 6], Gen.Byte.Array[6], Gen.Int[0, bytes.Length]).Sample((places, values, cut) =>
        {
            byte[] changed = [.. bytes];
            for (var i = 0; i < places.Length; i++) changed[places[i]] = values[i];
            foreach (var payload in new[] { changed, changed[..cut], changed[cut..] })
            {
                var (read, taken) = Read(payload, device, Wide);
                if (taken) Assert.True(read.Count > 0);
                Read(payload, device, """ "payload":"plain","values":[{"property":"p","value":"$"},{"property":"q","value":"$ * 2"}] """);
            }
        }, iter: 3_000);
    }

    [Theory]
    [InlineData("{\"a\":\"\\ud800\"}", "NotUtf8")]
    [InlineData("{\"a\":1e400}", "OutOfRange")]
    [InlineData("{\"a\":[1]}", "WrongType")]
    [InlineData("{\"a\":{\"b\":1}}", "WrongType")]
    [InlineData("{\"a\":true}", "WrongType")]
    [InlineData("{\"b\":2}", "Malformed")]
    [InlineData("[1,2]", "Malformed")]
    [InlineData("5", "Malformed")]
    [InlineData("{\"a\":", "BrokenJson")]
    [InlineData("", "BrokenJson")]
    public async Task What_does_not_fit_is_refused_by_name(string payload, string reason)
    {
        var device = await Device.CreateAsync(wanwu);
        var (read, taken) = Read(Encoding.UTF8.GetBytes(payload), device, """ "values":[{"property":"a","value":"$.a","unit":"Cel"}] """);
        Assert.True(taken);
        Assert.Equal((reason, 0), (First(read).Reason.ToString(), read.Observations.Length));
    }

    [Fact]
    public async Task Deep_json_and_long_arrays_are_bounded()
    {
        var device = await Device.CreateAsync(wanwu);
        var deep = Encoding.UTF8.GetBytes($$"""{"a":{{new string('[', 5_000)}}{{new string(']', 5_000)}}}""");
        Assert.Equal(RefusalReason.BrokenJson, First(Read(deep, device, """ "values":[{"property":"a","value":"$.a"}] """).Read).Reason);
        var wide = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("""{"v":1}""", 5_000))}]");
        var (read, _) = Read(wide, device, """ "each":"$","values":[{"property":"v","value":"@.v"}] """);
        Assert.Equal((RefusalReason.TooManyValues, 1, 0), (First(read).Reason, read.Count, read.Observations.Length));
        var huge = new byte[_intake.MaxPayloadBytes + 1];
        Assert.Equal(RefusalReason.TooLarge, First(Read(huge, device, Wide).Read).Reason);
    }

    [Fact]
    public async Task A_message_the_condition_leaves_out_is_not_read_at_all()
    {
        var device = await Device.CreateAsync(wanwu);
        var (read, taken) = Read("""{"off":true,"a":1}"""u8.ToArray(), device, Wide);
        Assert.Equal((false, 0), (taken, read.Count));
    }

    [Theory]
    [InlineData("rfc3339", "\"2026-01-01T10:00:00+08:00\"", "2026-01-01T02:00:00Z")]
    [InlineData("seconds", "1767261600", "2026-01-01T10:00:00Z")]
    [InlineData("seconds", "\"1767261600.25\"", "2026-01-01T10:00:00.250Z")]
    [InlineData("milliseconds", "1767261600000", "2026-01-01T10:00:00Z")]
    [InlineData("local", "\"2026-01-01 10:00:00\"", "2026-01-01T02:00:00Z")]
    [InlineData("local", "\"2026-01-01T10:00:00Z\"", "2026-01-01T10:00:00Z")]
    [InlineData("rfc3339", "\"2026-01-01T10:00:00\"", null)]
    [InlineData("seconds", "\"soon\"", null)]
    [InlineData("seconds", "1e300", null)]
    [InlineData("milliseconds", "true", null)]
    [InlineData("local", "12", null)]
    public async Task Times_are_read_in_their_form(string form, string json, string? time)
    {
        var device = await Device.CreateAsync(wanwu, ""","region":"110105" """);
        var (read, _) = Read(Encoding.UTF8.GetBytes($$"""{"t":{{json}},"v":1}"""), device,
            $$""" "time":{"value":"$.t","form":"{{form}}"},"values":[{"property":"v","value":"$.v"}] """);
        if (time is null) Assert.Equal(RefusalReason.BadTime, First(read).Reason);
        else Assert.Equal(time, read.Observations[0].Time.ToString());
    }
}
