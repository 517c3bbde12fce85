using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wanwu.Hosting;
using Wanwu.Hosting.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Tests;

/// <summary>The real server, in this process: every room, every door on a port of its own, data in a temporary folder.</summary>
/// <remarks>Stopping it fails when it logged an error or left a task's exception unobserved: a test that passes beside one has not passed.</remarks>
internal sealed class WanwuServer : IAsyncDisposable
{
    private readonly ErrorLog _errors;
    private bool _ownsFolder;
    private readonly ConcurrentBag<HttpClient> _clients = [];

    private WanwuServer(WebApplication app, string folder, bool ownsFolder, ErrorLog errors) =>
        (App, Folder, _ownsFolder, _errors) = (app, folder, ownsFolder, errors);

    public WebApplication App { get; }
    public string Folder { get; }
    public Uri Url { get; private set; } = null!;
    public IServiceProvider Services => App.Services;

    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    /// <param name="folder">Data of an earlier server; a new folder, deleted at the end, unless given.</param>
    /// <param name="clock">The server's time; the system's unless given.</param>
    /// <param name="settings">As on the command line, <c>--Section:Name=value</c>.</param>
    public static async Task<WanwuServer> StartAsync(string? folder = null, TimeProvider? clock = null, params string[] settings)
    {
        var path = folder ?? await NewFolderAsync();
        var errors = new ErrorLog();
        var app = Composition.Build([.. Ports(), $"--Data:Path={path}", .. settings], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(errors);
            if (clock is not null) builder.Services.AddSingleton(clock);
        });
        var server = new WanwuServer(app, path, folder is null, errors);
        await app.StartAsync();
        server.Url = new Uri(app.Services.GetRequiredService<OpenDoors>().Notice("test").Http[0]);
        return server;
    }

    private static readonly Lazy<Task<byte[]>> EmptyRegistry = new(MakeRegistryAsync);

    /// <summary>A folder with a registry in which there is nothing: making it step by step, as the first of all does, would take each server longer than its start.</summary>
    private static async Task<string> NewFolderAsync()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-test-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "registry.db"), await EmptyRegistry.Value);
        return folder;
    }

    private static async Task<byte[]> MakeRegistryAsync()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-registry-").FullName;
        await using (var app = Composition.Build([.. Ports(), $"--Data:Path={folder}"]))
            await app.Services.GetRequiredService<RegistryDatabase>().PrepareAsync(app.Services.GetRequiredService<IDbContextFactory<RegistryDb>>(), CancellationToken.None);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        var registry = await File.ReadAllBytesAsync(Path.Combine(folder, "registry.db"));
        Directory.Delete(folder, recursive: true);
        return registry;
    }

    private static IEnumerable<string> Ports()
    {
        yield return "--urls=http://127.0.0.1:0";
        var rooms = OptionsCatalogue.Of(Composition.CreateBuilder([]).Services);
        if (rooms.Sections.Any(section => section.Path == "Connect:Mqtt")) yield return "--Connect:Mqtt:Port=0";
    }

    /// <summary>A client without credentials that follows no redirects and keeps no cookies.</summary>
    public HttpClient Anonymous()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };
        _clients.Add(client);
        return client;
    }

    /// <summary>A client with a new access token of the role.</summary>
    public async Task<HttpClient> ClientAsync(string role = Role.Administrator)
    {
        var token = await Get<AccessTokens>().CreateAsync($"test {role}", role, null, CancellationToken.None);
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return client;
    }

    /// <summary>A client with a thing's credentials.</summary>
    public HttpClient ClientOf(string username, string password)
    {
        var client = Anonymous();
        var both = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{username}:{password}"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", both);
        return client;
    }

    /// <summary>Stops this server and starts another one on its data.</summary>
    public async Task<WanwuServer> RestartAsync()
    {
        var owned = _ownsFolder;
        _ownsFolder = false;
        await DisposeAsync();
        var next = await StartAsync(Folder);
        next._ownsFolder = owned;
        return next;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
        _errors.Close();
        Assert.True(_errors.Errors.IsEmpty, string.Join('\n', _errors.Errors));
    }

    private sealed class ErrorLog : ILoggerProvider
    {
        public ErrorLog() => TaskScheduler.UnobservedTaskException += Keep;

        public ConcurrentQueue<string> Errors { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Log(this, categoryName);

        private void Keep(object? sender, UnobservedTaskExceptionEventArgs unobserved) => Errors.Enqueue($"Unobserved: {unobserved.Exception}");

        /// <summary>Waits for the finalizers that report unobserved exceptions.</summary>
        public void Close()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Dispose();
        }

        public void Dispose() => TaskScheduler.UnobservedTaskException -= Keep;

        private sealed class Log(ErrorLog errors, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

            void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel)) errors.Errors.Enqueue($"{category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
