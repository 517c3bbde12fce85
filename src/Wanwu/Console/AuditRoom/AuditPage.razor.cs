using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Console.AuditRoom;

/// <summary>The audit trail: who did what, filtered by what the address says, with its proof above it.</summary>
public sealed partial class AuditPage(NavigationManager navigation, IServiceProvider services) : IDisposable
{
    private const int PageLength = 100;

    private readonly AuditReader _reader = services.GetRequiredService<AuditReader>();
    private readonly AuditTrail _trail = services.GetRequiredService<AuditTrail>();
    private readonly AuditState _proofs = services.GetRequiredService<AuditState>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private AuditQuery _query = new();
    private (AuditProof? Proof, string? Fault) _state;
    private List<AuditRecord>? _records;
    private long? _next;
    private bool _failed, _proving;
    private string _draftFrom = "", _draftTo = "", _draftWho = "", _draftAction = "", _draftObject = "", _draftOutcome = "", _draftText = "";

    [Inject] internal Figures Figures { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        navigation.LocationChanged += OnMoved;
        await TakeAsync(navigation.Uri);
    }

    private async Task TakeAsync(string address)
    {
        _query = AuditQuery.Read(address);
        (_draftFrom, _draftTo, _draftWho, _draftAction, _draftObject, _draftOutcome, _draftText) = (_query.From, _query.To, _query.Who, _query.Action, _query.Object, _query.Outcome, _query.Text);
        await ReadAsync(null);
    }

    private async Task ReadAsync(long? before)
    {
        try
        {
            _state = (_proofs.Proof, _trail.Fault);
            _failed = !await _visitor.MayAsync(Permission.ReadAudit);
            if (_failed) return;
            var page = await _reader.PageAsync(_query.Filter, before, PageLength, _gone.Token);
            _records = before is null ? [.. page.Records] : [.. _records ?? [], .. page.Records];
            _next = page.Next;
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (IOException)
        {
            _failed = true;
        }
    }

    private async Task ProveAsync()
    {
        if (!await _visitor.MayAsync(Permission.ReadAudit)) return;
        _proving = true;
        try
        {
            await _trail.AppendAsync(new AuditEvent(AuditState.Action) { Object = new AuditObject("audit", null) });
            await _proofs.VerifyAsync(_gone.Token);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (IOException)
        {
            // The trail's own fault is shown beside what was proved last.
        }
        _proving = false;
        await ReadAsync(null);
    }

    private void Apply() => navigation.NavigateTo("audit" + new AuditQuery(
        _draftFrom, _draftTo, _draftWho.Trim(), _draftAction.Trim(), _draftObject.Trim(), _draftOutcome, _draftText.Trim()).ToQuery());

    private string WhoOf(AuditEvent happened) => happened.Who is not { } who ? Figures.None
        : who.Kind is "server" or "anonymous" && who.Name == who.Kind ? W.Of("auditWho", who.Kind) : who.Name;

    private void OnMoved(object? sender, LocationChangedEventArgs moved)
    {
        if (new Uri(moved.Location).AbsolutePath != "/audit") return;
        _ = InvokeAsync(async () =>
        {
            await TakeAsync(moved.Location);
            StateHasChanged();
        });
    }

    public void Dispose()
    {
        navigation.LocationChanged -= OnMoved;
        _gone.Cancel();
        _gone.Dispose();
    }
}
