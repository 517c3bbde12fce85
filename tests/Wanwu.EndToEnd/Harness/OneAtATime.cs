namespace Wanwu.EndToEnd.Harness;

/// <summary>What is said of time or memory here holds for a machine that does nothing else. All other tests run side by side, each with servers, ports and folders of its own.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
public sealed class OneAtATime;
