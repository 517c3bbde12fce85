using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Wanwu.Connect.Imports;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Console.ImportRoom;

/// <summary>One import: what its columns mean, what a dry run found, how far it is; to be tried, started, stopped and forgotten.</summary>
public sealed partial class ImportPage(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);
    private readonly AuditedActs _acts = services.GetRequiredService<AuditedActs>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _gone = new();
    private ImportJob? _job;
    private DraftImport? _draft;
    private IReadOnlyList<string> _faults = [];

    [Parameter] public string Id { get; set; } = "";
    [Inject] internal Imports Imports { get; set; } = default!;
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private const string ExampleZone = "Asia/Shanghai";

    private bool IsAtWork => _job?.Record.State is ImportState.Checking or ImportState.Waiting or ImportState.Running;

    internal static string NameOf(ImportState state) => JsonSerializer.Serialize(state).Trim('"');

    /// <summary>How much of the file is done.</summary>
    internal static string PartOf(ImportJob job, CultureInfo culture) =>
        (job.Record.State == ImportState.Done ? 1 : job.Record.Bytes == 0 ? 0 : (double)job.Progress.Position / job.Record.Bytes).ToString("P0", culture);

    protected override async Task OnParametersSetAsync()
    {
        _job = Imports.Find(Id, await _visitor.CallerAsync());
        _draft = _job is null ? null : new DraftImport(_job.Record.Header, _job.Record.Mapping);
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = KeepLookingAsync();
    }

    private async Task KeepLookingAsync()
    {
        using var timer = new PeriodicTimer(Between, _clock);
        var last = _job?.Record.State;
        try
        {
            while (await timer.WaitForNextTickAsync(_gone.Token))
            {
                if (!IsAtWork && _job?.Record.State == last) continue;
                last = _job?.Record.State;
                await InvokeAsync(StateHasChanged);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left; the import goes on.
        }
    }

    /// <summary>The columns that are chosen one by one, as the form of the table has them.</summary>
    private static IEnumerable<(string Key, Func<string> Get, Action<string> Set)> Choices(DraftImport draft)
    {
        if (draft.IsLong)
        {
            yield return ("import.propertyColumn", () => draft.Property, chosen => draft.Property = chosen);
            yield return ("import.valueColumn", () => draft.Value, chosen => draft.Value = chosen);
            yield return ("import.unitColumn", () => draft.Unit, chosen => draft.Unit = chosen);
        }
        yield return ("import.qualityColumn", () => draft.Quality, chosen => draft.Quality = chosen);
    }

    private async Task BeginAsync(string action, Func<ImportJob, ImportMapping, bool> begin)
    {
        if (_job is not { } job || !await _visitor.MayAsync(Permission.Report)) return;
        var mapping = job.Record.HasBegun ? job.Record.Mapping : _draft!.ToMapping();
        var faults = new FieldFaults();
        ColumnPlan.TryMake(mapping, job.Record.Header, faults);
        _faults = [.. faults.All.SelectMany(fault => fault.Value)];
        if (faults.IsEmpty && !await _acts.DoAsync(EventOf(action, job), () => begin(job, mapping))) _faults = [W["import.notNow"]];
    }

    private async Task StopAsync()
    {
        if (_job is { } job && await _visitor.MayAsync(Permission.Report)) await _acts.DoAsync(EventOf("import.stop", job), () => Imports.Stop(job));
    }

    private async Task RemoveAsync()
    {
        if (_job is not { } job || !await _visitor.MayAsync(Permission.Report)) return;
        if (await _acts.DoAsync(EventOf("import.remove", job), () => Imports.Remove(job))) navigation.NavigateTo("things/imports");
        else _faults = [W["import.notNow"]];
    }

    private static AuditEvent EventOf(string action, ImportJob job) => new(action) { Object = new AuditObject("import", job.Record.Id, job.Record.Name) };

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
