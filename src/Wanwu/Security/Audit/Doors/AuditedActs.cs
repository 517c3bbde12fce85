namespace Wanwu.Security.Audit;

/// <summary>What a page does beside the registry, which records by itself: recorded as the endpoint that does the same is.</summary>
internal sealed class AuditedActs(AuditTrail trail)
{
    /// <summary>Does it, and has it on disk before it is told of. Where nothing can be recorded it is not done.</summary>
    /// <param name="happened">Action, object and detail; who and from where is known here.</param>
    /// <param name="isDone">Whether what came of it is what was wanted.</param>
    public async Task<T> DoAsync<T>(AuditEvent happened, Func<Task<T>> act, Func<T, bool> isDone)
    {
        await trail.ProveWritableAsync();
        var done = false;
        try
        {
            var result = await act();
            done = isDone(result);
            return result;
        }
        finally
        {
            if (done) await trail.AppendAsync(happened);
            else trail.Note(happened with { Outcome = AuditResult.Failed });
        }
    }

    /// <inheritdoc cref="DoAsync"/>
    public Task<bool> DoAsync(AuditEvent happened, Func<bool> act) => DoAsync(happened, () => Task.FromResult(act()), done => done);
}
