namespace Wanwu.Tests;

/// <summary>One server and one administrator's client for all tests of a class: <c>IClassFixture&lt;WanwuFixture&gt;</c>.</summary>
public class WanwuFixture : IAsyncLifetime
{
    /// <summary>The server's settings, as on the command line.</summary>
    internal virtual string[] Settings => [];

    internal WanwuServer Server { get; private set; } = null!;

    /// <summary>A program with the administrator's role.</summary>
    internal HttpClient Administrator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await WanwuServer.StartAsync(settings: Settings);
        Administrator = await Server.ClientAsync();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server?.DisposeAsync() ?? default;
    }
}
