using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Http;

/// <summary>Takes the reports of one request for one thing.</summary>
internal sealed class HttpInbox(MessageIntake intake, ConnectMetrics metrics, ReportingThing thing, string path)
{
    private SenderPlace? _place;

    public int MaxBytes => intake.MaxPayloadBytes;
    public ReportBuffer Read { get; } = new();

    /// <summary>Takes one report (or event, if it has a name) and answers when it is on disk.</summary>
    public async Task<IResult> TakeAsync(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> eventName, CancellationToken stop)
    {
        var result = await AppendAsync(body, eventName, stop);
        if (result.Outcome != AppendOutcome.Appended || await intake.Log.CommittedAsync(result.Batch, stop) != CommitOutcome.Committed) return NoRoom();
        var refused = Refusals();
        if (Read.Observations.Length > 0) return TypedResults.Accepted((string?)null, new ReportView(Read.Observations.Length, refused));
        return TypedResults.Problem("Nothing of the report was stored.", statusCode: StatusCodes.Status422UnprocessableEntity, title: "Refused",
            extensions: new Dictionary<string, object?> { ["accepted"] = 0, ["refused"] = refused });
    }

    /// <summary>Reads one report into <see cref="Read"/> and hands it to the log, waiting for room if need be.</summary>
    public async ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> eventName, CancellationToken stop)
    {
        while (true)
        {
            var result = Append(body.Span, eventName.Span);
            if (result.Outcome != AppendOutcome.Full) return result;
            await intake.Log.WaitForRoomAsync(_place ??= new SenderPlace(), stop);
        }
    }

    private AppendResult Append(ReadOnlySpan<byte> body, ReadOnlySpan<byte> eventName)
    {
        var received = intake.Now;
        Read.Begin(thing.Id, path);
        if (eventName.IsEmpty) intake.Read(body, thing, received, Read);
        else intake.ReadEvent(body, thing, eventName, received, Read);
        var result = intake.Append("http", thing.Id, received, Read, 0, resent: false, waiter: null, place: _place);
        if (result.Outcome == AppendOutcome.Appended) metrics.Received("http", 1, Read.Observations.Length, Read.Refused);
        return result;
    }

    public List<RefusedView> Refusals()
    {
        var views = new List<RefusedView>(Read.Refusals.Length);
        foreach (ref readonly var refusal in Read.Refusals) views.Add(RefusedView.Of(refusal));
        return views;
    }

    public ValueTask<CommitOutcome> CommittedAsync(long batch, CancellationToken stop) => intake.Log.CommittedAsync(batch, stop);

    /// <summary>507: the disk takes nothing at present; nothing of the request counts as received.</summary>
    public IResult NoRoom() => new RetryLater(TypedResults.Problem(
        intake.Log.State.Reason ?? "The disk takes nothing at present.", statusCode: StatusCodes.Status507InsufficientStorage));

    private sealed class RetryLater(ProblemHttpResult problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = "10";
            return problem.ExecuteAsync(httpContext);
        }
    }
}
