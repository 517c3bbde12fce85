using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.PersonalRoom;

/// <summary>Has what was found of a subject erased: the same request as over the API, looked at first, with a reason and the subject's name typed.</summary>
public sealed partial class ErasePanel : IDisposable
{
    /// <summary>What no order reaches, as the API tells it.</summary>
    private static readonly string[] Limits = ["backups", "exports", "later", "words", "wills", "blocks", "replaced"];
    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<ErasedCount>? _preview;
    private LegalHold? _hold;
    private string? _fault, _order;
    private string _reason = "", _typed = "";
    private bool _isAsking;

    [Parameter, EditorRequired] public SubjectQuery Subject { get; set; } = default!;
    /// <summary>What is to be typed: the thing's name, the label, the organisation's name or the value.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";
    /// <summary>Raised when an order was given.</summary>
    [Parameter] public EventCallback Ordered { get; set; }
    /// <summary>Raised when it has ended.</summary>
    [Parameter] public EventCallback Done { get; set; }
    [Inject] internal Asking.Rooms Rooms { get; set; } = default!;
    [Inject] internal ErasureRun Run { get; set; } = default!;
    [Inject] internal Erasures Orders { get; set; } = default!;
    [Inject] internal Visitor Visitor { get; set; } = default!;
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private static string Day(Timestamp? time) => time is { } known ? Figures.Local(known, TimeZoneInfo.Utc)[..10] : Figures.None;

    private async Task<ErasureOrder?> ReadAsync(bool withReason)
    {
        _fault = null;
        var body = Subject.ToParameters().ToDictionary(part => part.Key, part => part.Value.ToString());
        if (withReason) body["reason"] = _reason.Trim();
        var (order, problem) = new ErasureRequest(Rooms, await Visitor.CallerAsync()).Read(JsonSerializer.SerializeToElement(body), withReason);
        if (order is null) _fault = FaultOf(problem);
        return order;
    }

    private string FaultOf(IResult? problem) => problem switch
    {
        ProblemHttpResult { StatusCode: StatusCodes.Status403Forbidden } => W["erase.hidden"],
        ValidationProblem wrong => string.Join(' ', wrong.ProblemDetails.Errors.Keys.Select(member => W.Of("eraseFault", member))),
        ProblemHttpResult { ProblemDetails: HttpValidationProblemDetails wrong } => string.Join(' ', wrong.Errors.Keys.Select(member => W.Of("eraseFault", member))),
        _ => W["personalFault.thing"],
    };

    private async Task PreviewAsync()
    {
        if (_isAsking || await ReadAsync(withReason: false) is not { } order) return;
        _isAsking = true;
        try
        {
            _hold = Run.HoldOver(order);
            _preview = await Run.CountAsync(Run.SubjectOf(order), _gone.Token);
        }
        catch (Exception fault) when (fault is StoreException or QueryException or OperationCanceledException)
        {
            _fault = W["personal.failed"];
        }
        finally
        {
            _isAsking = false;
        }
    }

    private async Task OrderAsync()
    {
        if (_typed.Trim() != Name || await ReadAsync(withReason: true) is not { } order) return;
        _hold = Run.HoldOver(order);
        if (_hold is not null) return;
        _order = (await Orders.OrderAsync(order, ErasureRecords.OfOrder(order))).Order.Id;
        await Ordered.InvokeAsync();
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
