namespace Wanwu.Tests;

/// <summary>One server and one administrator's client for all tests of a class: <c>IClassFixture&lt;WanwuFixture&gt;</c>.</summary>
public sealed class WanwuFixture : IAsyncLifetime
{
    internal WanwuServer Server { get; private set; } = null!;

    /// <summary>A program with the administrator's role.</summary>
    internal HttpClient Administrator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await WanwuServer.StartAsync();
        Administrator = await Server.ClientAsync();
    }

    public ValueTask DisposeAsync() => Server?.DisposeAsync() ?? default;
}
