using Microsoft.EntityFrameworkCore;
using Wanwu.Hosting.Care;
using Wanwu.Hosting.Options;
using Wanwu.Registry;

namespace Wanwu.Hosting.Commands;

/// <summary>The server's parts without the server: for a command that does one thing to the data folder, beside a running server or without one.</summary>
internal static class CommandServices
{
    /// <summary>Opens the folder that the settings name; the registry is of the newest form afterwards.</summary>
    /// <exception cref="SettingsException">A setting is unknown or breaks its rule.</exception>
    public static async Task<ServiceProvider> OpenAsync(string[] settings, CancellationToken stop)
    {
        var builder = Checked(settings);
        // A command answers; it keeps no log but of what went wrong.
        builder.Logging.AddFilter("Wanwu", LogLevel.Warning);
        var services = builder.Services.BuildServiceProvider();
        EndRestore(services.GetRequiredService<DataFolder>());
        await services.GetRequiredService<RegistryDatabase>()
            .PrepareAsync(services.GetRequiredService<IDbContextFactory<RegistryDb>>(), stop);
        return services;
    }

    private static void EndRestore(DataFolder folder)
    {
        if (!File.Exists(folder.File(Restore.Mark))) return;
        using var alone = RunningServer.TryTake(folder);
        if (alone is not null) Restore.Finish(folder);
    }

    /// <summary>The data folder that the settings name, untouched.</summary>
    public static DataFolder Folder(string[] settings) => new(Checked(settings).Configuration);

    private static WebApplicationBuilder Checked(string[] settings)
    {
        var builder = Composition.CreateBuilder(settings);
        var faults = SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration);
        return faults.Count == 0 ? builder : throw new SettingsException(faults);
    }
}
