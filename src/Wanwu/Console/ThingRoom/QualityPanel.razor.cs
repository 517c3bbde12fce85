using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Checks;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>Counts by quality, what the checks marked, and what people put right.</summary>
public sealed partial class QualityPanel(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    private static readonly TimeSpan Shown = TimeSpan.FromDays(7);
    private readonly QualityReading _reading = services.GetRequiredService<QualityReading>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private ThingEntry? _thing;
    private List<PropertyQualityView>? _qualities;
    private bool _mayCorrect, _failed;
    private string? _said;
    private (string?, string?, string?, string?, string?) _asked;
    private int _version;

    [Parameter, EditorRequired] public ThingId Thing { get; set; }
    [Parameter] public string? AskedProperty { get; set; }
    [Parameter] public string? AskedAt { get; set; }
    [Parameter] public string? AskedFrom { get; set; }
    [Parameter] public string? AskedTo { get; set; }
    [Parameter] public string? AskedUndo { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private TimeZoneInfo Zone => _thing?.Zone ?? TimeZoneInfo.Utc;
    private bool IsAsked => AskedProperty is not null && (AskedAt ?? AskedFrom ?? AskedUndo) is not null;

    protected override async Task OnInitializedAsync()
    {
        _thing = _things.Find(Thing);
        _mayCorrect = _rules.May(await _visitor.CallerAsync(), Permission.Correct, _thing);
        await ReadAsync();
    }

    protected override void OnParametersSet()
    {
        var asked = (AskedProperty, AskedAt, AskedFrom, AskedTo, AskedUndo);
        // The page may be drawn once more before it has been left for the address without a form: what was said stays.
        if (IsAsked && asked != _asked) _said = null;
        _asked = asked;
    }

    private async Task ReadAsync()
    {
        var caller = await _visitor.CallerAsync();
        if (_thing is null || !_rules.May(caller, Permission.ReadObservations, _thing)) return;
        try
        {
            var now = FiguresOf.Now;
            _qualities = await _reading.ReadAsync(_thing, _rules.SightOf(caller, _thing), null, Timestamp.From(now.ToDateTimeOffset() - Shown), now, _gone.Token);
            _failed = false;
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (StoreException)
        {
            _failed = true;
        }
    }

    private async Task SayAsync(int corrected)
    {
        navigation.NavigateTo(navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["at"] = null, ["from"] = null, ["to"] = null, ["undo"] = null,
        }));
        _said = corrected == 0 ? W["correction.nothing"] : W["correction.done", corrected];
        _version++;
        await ReadAsync();
    }

    private PropertyFacts Facts(PropertyName property) => PropertyFacts.Of(_thing!, property.ToString(), W.Culture);

    private string Counts(PropertyQualityView one) => one.Counts.Count == 0
        ? Figures.None
        : string.Join(" · ", one.Counts.Select(count => $"{W.Of("quality", count.Key)} {FiguresOf.Count(count.Value)}"));

    private string Marked(PropertyQualityView one)
    {
        if (one.Checks is null) return Figures.None;
        var marked = one.Checks.Marked.Where(mark => mark.Value > 0).Select(mark => $"{W.Of("check", mark.Key)} {FiguresOf.Count(mark.Value)}").ToList();
        return marked.Count == 0 ? W["qualityPanel.noneMarked"] : string.Join(" · ", marked);
    }

    private string SeriesAddress(PropertyName property) => $"things/{Thing}?property={Uri.EscapeDataString(property.ToString())}";

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
