using Microsoft.Extensions.Options;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Many;

namespace Wanwu.Telemetry.Sql;

/// <summary>Who may run a query now, and where: so many at once in all, so many of one caller, on threads that stand back behind those that load.</summary>
internal sealed class SqlTurns(IOptions<SqlOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _all = new(options.Value.ConcurrentQueries);
    private readonly Dictionary<(CallerKind, string), int> _ofCaller = [];
    private readonly QueryThreads _threads = new(options.Value.ConcurrentQueries);

    public Task<T> RunAsync<T>(Func<T> query) => _threads.RunAsync(query);

    /// <summary>Waits for a turn, which ends when what is returned is disposed of; null when the caller has its share already.</summary>
    public async Task<IDisposable?> TakeAsync(Caller caller, CancellationToken stop)
    {
        var who = (caller.Kind, caller.Name);
        if (!TryCount(who)) return null;
        try
        {
            await _all.WaitAsync(stop);
            return new Turn(this, who);
        }
        catch
        {
            Forget(who);
            throw;
        }
    }

    private bool TryCount((CallerKind, string) who)
    {
        lock (_ofCaller)
        {
            var known = _ofCaller.GetValueOrDefault(who);
            if (known >= options.Value.QueriesPerCaller) return false;
            _ofCaller[who] = known + 1;
            return true;
        }
    }

    private void Forget((CallerKind, string) who)
    {
        lock (_ofCaller)
            if (--_ofCaller[who] == 0) _ofCaller.Remove(who);
    }

    public void Dispose()
    {
        _threads.Dispose();
        _all.Dispose();
    }

    private sealed class Turn(SqlTurns turns, (CallerKind, string) who) : IDisposable
    {
        public void Dispose()
        {
            turns._all.Release();
            turns.Forget(who);
        }
    }
}
