using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Wanwu.Connect;
using Wanwu.Console.Language;
using Wanwu.Console.Live;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>How this thing is connected: its credentials, the lines to copy, and whether anything has come.</summary>
public sealed partial class ConnectPanel(IServiceProvider services, NavigationManager navigation)
{
    private const int MostSampled = 3, MostShown = 6;

    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly ThingChanges _changes = services.GetRequiredService<ThingChanges>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly SightedValues _values = services.GetRequiredService<SightedValues>();
    private readonly ListeningDoors _doors = services.GetRequiredService<ListeningDoors>();
    private readonly FreshCredentials _fresh = services.GetRequiredService<FreshCredentials>();
    private ThingEntry? _thing;
    private string? _password;
    private int _overlap;
    private bool _endsAtUse;
    private IReadOnlyList<Observation>? _received;
    private int _refused;
    private Look? _seen;

    [Parameter, EditorRequired] public ThingId Thing { get; set; }
    [Parameter] public Look? Look { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private IEnumerable<int> Overlaps => new[] { 0, 1, 24, 168, _overlap }.Distinct().Order();
    private string ShownPassword => _password ?? W["connect.passwordHere"];
    private string Host => new Uri(navigation.BaseUri).Host;

    private string? MqttLine => _doors.Find("mqtt") is { } door
        ? $"mosquitto_pub -h {Host} -p {door.Endpoint.Port.ToString(CultureInfo.InvariantCulture)} -u {Thing} -P {Quote(ShownPassword)} -q 1 -t v1/report -m {Quote(Sample())}"
        : null;

    private string HttpLine =>
        $"curl -u {Thing}:{Quote(ShownPassword)} -H 'Content-Type: application/json' -d {Quote(Sample())} {navigation.BaseUri}api/v1/things/{Thing}/report";

    protected override async Task OnInitializedAsync()
    {
        _thing = _things.Find(Thing);
        _overlap = services.GetRequiredService<IOptions<ContactOptions>>().Value.OverlapHours;
        _password = _fresh.Take(Thing);
        var caller = await _visitor.CallerAsync();
        if (_thing is not null && _rules.May(caller, Permission.ReadObservations, _thing) && _values.Latest(caller, _thing) is { Count: > 0 } values) _received = [.. values.Take(MostShown).Select(value => value.Observation)];
    }

    protected override void OnParametersSet()
    {
        if (Look?.News is not { } news || ReferenceEquals(Look, _seen)) return;
        _seen = Look;
        _refused += news.Refusals;
        if (news.Observations.Count > 0) _received = [.. news.Observations.TakeLast(MostShown)];
    }

    /// <summary>A report this thing may send: of its model's first properties, or of one that anything may have.</summary>
    private string Sample()
    {
        var report = new Dictionary<string, object>();
        foreach (var property in _thing!.Model?.Properties.Take(MostSampled) ?? []) report[property.Name.ToString()] = SampleOf(property);
        if (report.Count == 0) report["temperature"] = 21.5;
        return JsonSerializer.Serialize(report);
    }

    private static object SampleOf(ModelProperty property) => property.Kind switch
    {
        ValueKind.Boolean => true,
        ValueKind.Text => property.Enum is { Count: > 0 } allowed ? allowed[0] : "on",
        ValueKind.Integer => (long)Math.Clamp(20, property.Minimum ?? double.MinValue, property.Maximum ?? double.MaxValue),
        ValueKind.Point => new { lat = 39.982, lon = 116.397 },
        ValueKind.Object => new { },
        _ => Math.Clamp(21.5, property.Minimum ?? double.MinValue, property.Maximum ?? double.MaxValue),
    };

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private async Task RenewPasswordAsync()
    {
        if (!_rules.May(await _visitor.CallerAsync(), Permission.ChangeThings, _thing)) return;
        var result = await _changes.RotateAsync(Thing, new Rotation(TimeSpan.FromHours(_overlap), _endsAtUse), CancellationToken.None);
        if (result.Outcome == ThingOutcome.Done) _password = result.Password;
        _thing = _things.Find(Thing);
    }
}
