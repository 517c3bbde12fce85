using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Wanwu.Connect.Corrections;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>What the address names is put right: one observation, a period, or a correction that is taken back.</summary>
public sealed partial class CorrectionForm(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly ObservationQueries _queries = services.GetRequiredService<ObservationQueries>();
    private readonly CorrectionDesk _desk = services.GetRequiredService<CorrectionDesk>();
    private readonly CorrectionQueries _corrections = services.GetRequiredService<CorrectionQueries>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private (string?, string?, string?, string?, string?) _shown;
    private ThingEntry? _thing;
    private ModelProperty? _model;
    private PropertyName _property;
    private PropertyFacts _facts = new("", null, null);
    private StoredObservation? _present;
    private long _count;
    private bool _isNumeric, _busy, _isReading;
    private Timestamp _from, _to;
    private string _form = "one", _value = "", _offset = "", _quality = "", _reason = "";
    private string? _valueFault, _reasonFault, _fault;

    [Parameter, EditorRequired] public ThingId Thing { get; set; }
    [Parameter] public string? AskedProperty { get; set; }
    [Parameter] public string? AskedAt { get; set; }
    [Parameter] public string? AskedFrom { get; set; }
    [Parameter] public string? AskedTo { get; set; }
    [Parameter] public string? AskedUndo { get; set; }
    [Parameter] public EventCallback<int> Done { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private TimeZoneInfo Zone => _thing?.Zone ?? TimeZoneInfo.Utc;

    private string PresentText => _form == "period" ? W["correction.present", Figures.Local(_from, Zone), Figures.Local(_to, Zone), FiguresOf.Count(_count)]
        : _present is { } present ? $"{Figures.Exact(present.Time, Zone)} · {FiguresOf.Of(present.Value, _facts.Unit, _facts.Digits)} · {W.Of("quality", Qualities.Text(present.Quality))}"
        : W["correction.noneThere"];

    private string LeaveAddress => navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["at"] = null, ["from"] = null, ["to"] = null, ["undo"] = null });

    protected override async Task OnParametersSetAsync()
    {
        var asked = (AskedProperty, AskedAt, AskedFrom, AskedTo, AskedUndo);
        if (asked == _shown) return;
        _shown = asked;
        (_value, _offset, _quality, _reason, _valueFault, _reasonFault, _fault, _present, _count) = ("", "", "", "", null, null, null, null, 0);
        _thing = _things.Find(Thing);
        if (!PropertyName.TryParse(AskedProperty, null, out _property)) return;
        _model = null;
        _thing?.Model?.TryGetProperty(Encoding.UTF8.GetBytes(_property.ToString()), out _model);
        _facts = PropertyFacts.Of(_thing!, _property.ToString(), W.Culture);
        _form = AskedUndo is not null ? "undo" : AskedAt is not null ? "one" : "period";
        // No field is there before what is to stand in it: what was typed meanwhile would be lost.
        _isReading = true;
        try
        {
            await ReadPresentAsync();
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (StoreException)
        {
            _fault = W["chart.failed"];
        }
        finally
        {
            if (asked == _shown) _isReading = false;
        }
    }

    private async Task ReadPresentAsync()
    {
        if (_form == "undo" || !await MayAsync()) return;
        var isOne = Timestamp.TryParse(AskedAt, CultureInfo.InvariantCulture, out _from);
        if (isOne) _to = new Timestamp(_from.Microseconds + 1);
        else if (!Timestamp.TryParse(AskedFrom, CultureInfo.InvariantCulture, out _from) || !Timestamp.TryParse(AskedTo, CultureInfo.InvariantCulture, out _to)) return;
        var page = await _queries.ReadAsync(new SeriesQuery(Thing, _property, _from, _to) { Limit = 1 }, _gone.Token);
        if (page.Items.Count == 0) return;
        _isNumeric = page.Items[0].Value.Kind is ValueKind.Number or ValueKind.Integer;
        if (isOne)
        {
            _present = page.Items[0];
            _value = _present.Value.Value.ToString();
        }
        else _count = (await _queries.QualitiesAsync(new SeriesQuery(Thing, _property, _from, _to), _gone.Token)).Values.Sum();
    }

    /// <summary>Nobody puts right what it does not see in clear.</summary>
    private async Task<bool> MayAsync()
    {
        var caller = await _visitor.CallerAsync();
        return _thing is not null && _rules.May(caller, Permission.Correct, _thing) && _rules.SightOf(caller, _thing).Of(_property).IsClear;
    }

    private async Task CorrectAsync()
    {
        (_valueFault, _fault) = (null, null);
        _reason = _reason.Trim();
        _reasonFault = _reason.Length == 0 ? W["correction.reasonMissing"] : null;
        if (Draft() is not { } draft || _reasonFault is not null) return;
        var caller = await _visitor.CallerAsync();
        if (!await MayAsync()) return;
        _busy = true;
        try
        {
            var corrected = new AuditEvent("observation.correct")
            {
                Object = new AuditObject("observation", Thing.ToString()), Detail = new Dictionary<string, string> { ["property"] = _property.ToString(), ["reason"] = _reason },
            };
            var result = await services.GetRequiredService<AuditedActs>().DoAsync(corrected, () => new DraftedCorrection(_desk, _corrections).RunAsync(Thing, _property, draft, caller, _gone.Token),
                came => came.Outcome is CorrectionOutcome.Corrected or CorrectionOutcome.Nothing);
            if (result.Outcome is CorrectionOutcome.Corrected or CorrectionOutcome.Nothing) await Done.InvokeAsync(result.Rows);
            else _fault = result.Outcome == CorrectionOutcome.NoRoom ? W["correction.noRoom"] : result.Detail;
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (StoreException)
        {
            _fault = W["chart.failed"];
        }
        finally
        {
            _busy = false;
        }
    }

    private CorrectionDraft? Draft()
    {
        if (_form == "undo") return long.TryParse(AskedUndo, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new CorrectionDraft(_reason, null, null, number) : null;
        Quality? quality = QualityNames.TryParse(_quality, out var chosen) ? chosen : null;
        return _form == "one" ? One(quality) : Period(quality);
    }

    /// <summary>A value that was left as it is changes the quality alone.</summary>
    private CorrectionDraft? One(Quality? quality)
    {
        if (_present is not { } present) return null;
        var value = present.Value;
        var isChanged = _value.Trim() != present.Value.ToString();
        if (isChanged && !TryRead(present.Value, out value)) return null;
        if (!isChanged && quality is null)
        {
            _valueFault = W["correction.nothingChosen"];
            return null;
        }
        return new CorrectionDraft(_reason, RowChoice.Of([_from]), (StandingRow _, out string? refused) =>
        {
            refused = null;
            return new Amended(value, CorrectionBody.QualityOf(value, quality));
        }, null);
    }

    private CorrectionDraft? Period(Quality? quality)
    {
        var offset = 0.0;
        if (_offset.Trim().Length > 0 && !(double.TryParse(_offset.Trim().Replace('−', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out offset) && double.IsFinite(offset)))
            _valueFault = W["correction.noNumber"];
        else if (offset == 0 && quality is null) _valueFault = W["correction.nothingChosen"];
        if (_valueFault is not null) return null;
        var amend = offset == 0 ? RangeAmendments.Marked(quality!.Value) : RangeAmendments.Shifted(1, offset, quality ?? Quality.Substituted, _model);
        return new CorrectionDraft(_reason, new RowChoice(_from, _to), amend, null);
    }

    /// <summary>Empty is no value; what is or may be a text is taken as it stands, the rest as JSON.</summary>
    private bool TryRead(Value present, out Value value)
    {
        value = Value.None;
        var text = _value.Trim();
        if (text.Length == 0) return true;
        var isText = _model?.Kind == ValueKind.Text || (_model is null && present.Kind == ValueKind.Text);
        try
        {
            using var json = JsonDocument.Parse(isText ? JsonSerializer.Serialize(text) : text.Replace('−', '-'));
            if (CorrectionBody.ValueOf(json.RootElement, _model, out value, out var detail)) return true;
            _valueFault = detail;
        }
        catch (JsonException)
        {
            _valueFault = W[present.Kind is ValueKind.Number or ValueKind.Integer ? "correction.noNumber" : "correction.noValue"];
        }
        return false;
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
