namespace Wanwu.Tests.Security.Hostile;

/// <summary>The hostile tests share one <see cref="World"/>: what each of them sends is refused, or leaves what the others ask about as it is.</summary>
[CollectionDefinition(nameof(World))]
public sealed class OneWorld : ICollectionFixture<World>;
