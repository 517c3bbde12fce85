using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;
using Wanwu.Hosting.Tls;

namespace Wanwu.Hosting;

/// <summary>Where settings come from, and what is logged unless a setting says otherwise.</summary>
internal static class Configuration
{
    /// <summary>Later sources win: files, then the environment (<c>Wanwu__Connect__Mqtt__Port</c>), then the command line.</summary>
    public static void Load(IConfigurationManager configuration, string[] settings)
    {
        configuration.Sources.Clear();
        configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: false);
        var here = Path.Combine(Environment.CurrentDirectory, "appsettings.json");
        configuration.AddJsonFile(here, optional: true, reloadOnChange: false);
        configuration.AddEnvironmentVariables("Wanwu__");
        configuration.AddCommandLine(settings, new Dictionary<string, string> { ["--urls"] = "Http:Urls" });
        // What './wanwu tls' has put into the data folder serves every door that is given no other.
        var served = ServerTls.Of(configuration).SettingsFor(configuration);
        if (served.Count > 0) configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = served });
    }

    /// <summary>Warnings of the framework, information of our own, one line each, on standard error: standard output belongs to answers.</summary>
    public static void Logs(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Wanwu", LogLevel.Information);
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Error);
        // Two lines for every wrong password: whoever guesses would fill the log. They are counted, and on the audit trail.
        logging.AddFilter("Wanwu.Security.Access.BasicHandler", LogLevel.Warning);
        logging.AddFilter("Wanwu.Security.Access.BearerHandler", LogLevel.Warning);
        // A door that cannot be opened is told in one sentence by the command itself.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // The key ring is kept in the data folder by choice; sealing it is a setting of the security room.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
