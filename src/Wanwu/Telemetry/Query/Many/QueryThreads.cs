using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Threads that stand back behind those that take in and load observations: where processors are short, questions wait.</summary>
/// <remarks>On systems other than Linux the threads have the framework's lower priority.</remarks>
internal sealed partial class QueryThreads : IDisposable
{
    private const int Nice = 10;
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread[] _threads;

    public QueryThreads(IOptions<QueryOptions> options) : this(options.Value.Concurrent) { }

    internal QueryThreads(int count)
    {
        _threads = new Thread[count];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = "Wanwu query", Priority = ThreadPriority.BelowNormal };
            _threads[i].Start();
        }
    }

    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            // The edge of the thread: the asker is told.
#pragma warning disable CA1031
            catch (Exception fault)
#pragma warning restore CA1031
            {
                done.SetException(fault);
            }
        });
        return done.Task;
    }

    private void Run()
    {
        // Process 0 means the calling thread; a thread may always make itself nicer.
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, Nice);
        foreach (var work in _work.GetConsumingEnumerable()) work();
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _work.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int priority);
}
