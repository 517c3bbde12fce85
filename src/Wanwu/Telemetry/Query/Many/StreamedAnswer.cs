using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>An answer on its way out, a portion at a time: the store is not held while the reader takes its time.</summary>
/// <remarks>
/// The first portion is asked for before anything is sent, so that what goes wrong by then has a status of its own. What goes wrong later breaks the
/// connection: a reader can tell an answer that was broken off from one that is complete.
/// </remarks>
/// <param name="limit">Rows wanted; null for all of them.</param>
/// <param name="file">The name under which it is to be kept; null for an answer that is read.</param>
internal sealed partial class StreamedAnswer(Question question, AnswerFormat format, long? limit, string? file = null) : IResult
{
    private const string NextHeader = "Wanwu-Next";
    private long _left;
    private Place? _place;
    private (int Line, long Time)? _last;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var queries = httpContext.RequestServices.GetRequiredService<ManyQueries>();
        var caller = Caller.From(httpContext.User).Name;
        if (Refusal(queries.Turns.Enter(caller), httpContext) is { } refused)
        {
            await refused.ExecuteAsync(httpContext);
            return;
        }
        try
        {
            await AnswerAsync(httpContext, queries, caller);
        }
        finally
        {
            queries.Turns.Leave(caller);
        }
    }

    private static ProblemHttpResult? Refusal(Admission admission, HttpContext context)
    {
        if (admission == Admission.Admitted) return null;
        context.Response.Headers.RetryAfter = "1";
        return admission == Admission.TooManyOfCaller
            ? TypedResults.Problem("You have as many questions under way as one caller may have. Wait for one of them to end.", statusCode: StatusCodes.Status429TooManyRequests)
            : TypedResults.Problem("More questions are waiting than may wait. Ask again in a moment.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private async Task AnswerAsync(HttpContext context, ManyQueries queries, string caller)
    {
        using var rows = AnswerFormats.Open(format, question.Columns);
        using var late = queries.AnswerDeadline();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        Task<Portion> AskAsync(Place place, long most, RowFormat into) => queries.AskAsync(caller, question, place, most, into, either.Token);
        try
        {
            await queries.UpToDateAsync(question, either.Token);
            (_left, _place) = (limit ?? queries.Options.MaxRows, question.Start());
            await TakeAsync(AskAsync, rows);
            var next = await NextAsync(AskAsync);
            Begin(context, rows, next);
            while (_place is not null && _left > 0)
            {
                await rows.SendAsync(context.Response.BodyWriter, either.Token);
                await TakeAsync(AskAsync, rows);
            }
            await rows.SendAsync(context.Response.BodyWriter, either.Token);
            if (next is null && (next = await NextAsync(AskAsync)) is not null && context.Response.SupportsTrailers()) context.Response.AppendTrailer(NextHeader, next);
            await rows.EndAsync(next, context.Response.BodyWriter, either.Token);
        }
        catch (Exception fault) when (fault is QueryException or StoreException or OperationCanceledException)
        {
            await FailAsync(context, fault);
        }
    }

    private async Task TakeAsync(Func<Place, long, RowFormat, Task<Portion>> ask, RowFormat rows)
    {
        do
        {
            var portion = await ask(_place!.Value, _left, rows);
            _left -= portion.Rows;
            (_place, _last) = (portion.Next, portion.Last ?? _last);
        }
        while (rows.Pending == 0 && _place is not null && _left > 0);
    }

    /// <summary>Where the answer goes on, when it has as many rows as it may have and there are others.</summary>
    private async Task<string?> NextAsync(Func<Place, long, RowFormat, Task<Portion>> ask)
    {
        if (_left > 0 || _last is not { } last) return null;
        using var unsent = AnswerFormats.Open(AnswerFormat.Json, question.Columns);
        while (_place is { } place)
        {
            var portion = await ask(place, 1, unsent);
            if (portion.Rows > 0)
                return limit is not null ? question.CursorOf(last) : throw new QueryException(StatusCodes.Status422UnprocessableEntity, "The answer is longer than one may be: ask with limit=, and go on with the cursor.");
            _place = portion.Next;
        }
        return null;
    }

    private void Begin(HttpContext context, RowFormat rows, string? next)
    {
        context.Response.ContentType = rows.ContentType;
        if (file is not null) context.Response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
        if (next is not null) context.Response.Headers[NextHeader] = next;
        else if (limit is not null && context.Response.SupportsTrailers()) context.Response.DeclareTrailer(NextHeader);
    }

    private static async Task FailAsync(HttpContext context, Exception fault)
    {
        if (context.RequestAborted.IsCancellationRequested) return;
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        var (status, detail) = fault switch
        {
            QueryException refused => (refused.Status, refused.Message),
            StoreException => (StatusCodes.Status503ServiceUnavailable, fault.Message),
            _ => (StatusCodes.Status503ServiceUnavailable, "The answer took longer than one may take. Ask for less."),
        };
        context.Response.Headers.Clear();
        await TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
    }
}
