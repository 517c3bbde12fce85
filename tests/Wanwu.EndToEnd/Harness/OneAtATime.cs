namespace Wanwu.EndToEnd.Harness;

/// <summary>The tests here start servers and make load: side by side they would measure each other.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
public sealed class OneAtATime;
