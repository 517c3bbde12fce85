using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Wanwu.Console.ClientRoom;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;

namespace Wanwu.Console.StorageRoom;

/// <summary>Changes one policy in two steps: what it would do is shown, then it is confirmed.</summary>
public sealed partial class PolicyForm(IServiceProvider services)
{
    private const string Ever = "forever";
    private readonly RetentionBook _book = services.GetRequiredService<RetentionBook>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private string _property = "", _model = "", _organisation = "", _note = "", _coldCount = "", _coldUnit = "Y", _rollupsCount = "", _rollupsUnit = "Y";
    private string? _fault;
    private PreviewView? _told;
    private RetentionPolicy? _policy;
    private int? _revision;
    private bool _ends;
    private bool _isBusy;

    /// <summary>The policy to change; empty for a new one.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";
    [Parameter] public EventCallback OnDone { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;
    [Inject] internal Places Places { get; set; } = default!;
    [Inject] internal ThingDirectory Things { get; set; } = default!;

    private bool IsNew => Id.Length == 0;

    private PolicyEntry? Entry => _book.Current.Find(Id)?.AsOf(FiguresOf.Now);

    private bool IsThere => Entry is { Policy: not null } or { Pending.Policy: not null };

    protected override void OnInitialized()
    {
        // What is shown when the form opens is what must still hold when it is saved.
        _revision = IsThere ? Entry!.Revision : 0;
        if ((Entry?.Pending?.Policy ?? Entry?.Policy) is not { } policy) return;
        (_property, _model, _organisation, _note) = (policy.Property ?? "", policy.Model ?? "", policy.Organisation ?? "", policy.Note ?? "");
        (_coldCount, _coldUnit) = Parts(policy.ColdFor);
        (_rollupsCount, _rollupsUnit) = Parts(policy.RollupsFor);
    }

    private static (string Count, string Unit) Parts(KeepFor? keep) =>
        keep is { IsForever: true } ? ("", Ever) : keep is { } time ? (time.Count.ToString(CultureInfo.InvariantCulture), time.ToString()[^1..]) : ("", "Y");

    private Task ShowAsync()
    {
        _fault = null;
        var (cold, rollups) = (Written(_coldCount, _coldUnit), _rollupsUnit == Ever ? Ever : Written(_rollupsCount, _rollupsUnit));
        if ((cold is not null && !KeepFor.TryParse(cold, out _)) || (rollups is not null && !KeepFor.TryParse(rollups, out _))) _fault = W["keep.bad"];
        if (IsNew && string.IsNullOrWhiteSpace(_property + _model + _organisation)) _fault = W["retention.nothing"];
        if (Given(_organisation) is { } organisation && Things.Organisations.Find(organisation) is null) _fault = W["organisation.unknown", organisation];
        if (_fault is not null) return Task.CompletedTask;
        var faults = new FieldFaults();
        var json = JsonSerializer.SerializeToElement(new
        {
            note = Given(_note), property = Given(_property), model = Given(_model), organisation = Given(_organisation), coldFor = cold, rollupsFor = rollups,
        });
        _policy = RetentionDocument.ReadPolicy(PolicyId(), json, services.GetRequiredService<IOptions<ColdOptions>>().Value.CloseAfterHours, faults);
        if (_policy is null) _fault = FaultOf(faults);
        _ends = false;
        return _policy is null ? Task.CompletedTask : TellAsync();
    }

    private static string? Written(string count, string unit) => string.IsNullOrWhiteSpace(count) ? null : $"P{count.Trim()}{unit}";

    private string FaultOf(FieldFaults faults) =>
        faults.All.ContainsKey("coldFor") ? W["retention.tooShort"] : faults.All.ContainsKey("rollupsFor") ? W["retention.rollupsShort"] : faults.All.First().Value[0];

    private static bool Expires(PreviewView told) => told.Expires.Rows + told.RollupsExpire.Rows > 0;

    private Task ShowEndAsync()
    {
        (_policy, _ends, _fault) = (null, true, null);
        return TellAsync();
    }

    private async Task TellAsync()
    {
        _isBusy = true;
        try
        {
            _told = await services.GetRequiredService<RetentionPreview>().RunAsync(PolicyId(), _policy, services.GetRequiredService<IOptions<RetentionOptions>>().Value.GraceHours, CancellationToken.None);
        }
        catch (StoreException)
        {
            _fault = W["storage.failed"];
        }
        finally
        {
            _isBusy = false;
        }
    }

    private async Task ConfirmAsync()
    {
        if (!await _visitor.MayAsync(Permission.Administer)) return;
        _isBusy = true;
        var outcome = await services.GetRequiredService<RetentionChanges>().PutAsync(PolicyId(), _policy, _revision, (await _visitor.CallerAsync()).Name, CancellationToken.None);
        (_isBusy, _told) = (false, null);
        _fault = outcome switch
        {
            RetentionOutcome.Stale or RetentionOutcome.NotFound => W["retention.stale"],
            RetentionOutcome.Taken => W["retention.taken"],
            RetentionOutcome.Full => W["retention.full"],
            _ => null,
        };
        if (_fault is null) await OnDone.InvokeAsync();
    }

    /// <summary>A new policy is named after what it takes.</summary>
    private string PolicyId()
    {
        if (!IsNew) return Id;
        var id = ModelRules.IdOf(string.Join('-', new[] { _property, _model, _organisation }.Where(text => !string.IsNullOrWhiteSpace(text))));
        if (id == RetentionPolicy.DefaultId) id = $"{id}-policy";
        return id.StartsWith("model-", StringComparison.Ordinal) ? string.Concat("policy-", id.AsSpan(6)) : id;
    }

    private static string? Given(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private string Amount(TierUse use) => W["retention.amount", FiguresOf.Count(use.Rows), FiguresOf.Bytes(use.Bytes)];

    private string RollupAmount(TierUse use) => use.Rows == 0 ? Figures.None : W["retention.rollupAmount", FiguresOf.Count(use.Rows), FiguresOf.Bytes(use.Bytes)];

    private string Rest(SteadyView rest)
    {
        var parts = new List<string>();
        if (rest.Rows > 0) parts.Add(W["retention.amount", FiguresOf.Count(rest.Rows), FiguresOf.Bytes(rest.Bytes)]);
        if (rest.GrowingRowsPerDay > 0) parts.Add(W["retention.grows", FiguresOf.Count(rest.GrowingRowsPerDay), FiguresOf.Bytes(rest.GrowingBytesPerDay)]);
        if (rest.RollupBytes > 0) parts.Add(W["retention.rollupsRest", FiguresOf.Bytes(rest.RollupBytes)]);
        if (rest.GrowingRollupBytesPerDay > 0) parts.Add(W["retention.rollupsGrow", FiguresOf.Bytes(rest.GrowingRollupBytesPerDay)]);
        return parts.Count == 0 ? Figures.None : string.Join(" + ", parts);
    }
}
