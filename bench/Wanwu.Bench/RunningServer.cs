using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Hosting;

namespace Wanwu.Bench;

/// <summary>The whole server inside the benchmark's process, on ports the system chooses and a data folder of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private RunningServer(WebApplication app, string folder) => (_app, _folder) = (app, folder);

    public static async Task<RunningServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-bench-").FullName;
        var app = Composition.Build(["--urls=http://127.0.0.1:0", "--Connect:Mqtt:Port=0", $"--Data:Path={folder}", "--Logging:LogLevel:Default=Warning"]);
        await app.StartAsync();
        return new RunningServer(app, folder);
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
