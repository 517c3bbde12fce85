using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using Xunit.v3;

[assembly: Wanwu.EndToEnd.Harness.EndsItsProcesses]

namespace Wanwu.EndToEnd.Harness;

/// <summary>Every process that tests have started, so that none outlives the test it was started in, however that ended; those of fixtures end with the run at the latest.</summary>
internal static class StartedProcesses
{
    private static readonly ConcurrentDictionary<(int Id, DateTime Started), string?> Running = new();

    static StartedProcesses() => AppDomain.CurrentDomain.ProcessExit += (_, _) => End(static _ => true);

    public static Process Keep(Process process)
    {
        try
        {
            Running[(process.Id, process.StartTime)] = TestContext.Current.Test?.UniqueID;
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }
        return process;
    }

    public static void EndOf(string test) => End(owner => owner == test);

    private static void End(Func<string?, bool> isOf)
    {
        foreach (var (known, owner) in Running)
            if (isOf(owner) && Running.TryRemove(known, out _)) End(known.Id, known.Started);
    }

    private static void End(int id, DateTime started)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            // The system may have given the number to another one.
            if (process.StartTime == started) process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It ended as it should.
        }
    }
}

/// <summary>What a test has started and left running ends with it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EndsItsProcessesAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => StartedProcesses.EndOf(test.UniqueID);
}
