using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Wanwu.Hosting.Options;

namespace Wanwu.Security.Sealing;

internal static class SealingModule
{
    public static void AddSealing(this WebApplicationBuilder builder)
    {
        builder.AddSettings<SealingOptions>("Security:Sealing");
        builder.Services.AddDataProtection().SetApplicationName("Wanwu");
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(services => services.GetRequiredService<KeyRing>());
        builder.Services.AddHostedService<SuiteChange>();
    }
}

/// <summary>At the start, when another suite is asked for than that of the key that seals: makes a key of the new one at once. Old keys stay, to read what they have sealed.</summary>
internal sealed partial class SuiteChange(IKeyManager keys, IOptions<SealingOptions> options, ILogger<SuiteChange> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Keys are made and end by the system's clock, which is that of the framework.
        var now = TimeProvider.System.GetUtcNow();
        var current = keys.GetAllKeys().Where(key => !key.IsRevoked && key.ActivationDate <= now && key.ExpirationDate > now).MaxBy(key => key.ActivationDate);
        if (current is not null && current.Descriptor is Sm4Descriptor != (options.Value.Suite == SealingSuite.ShangMi))
        {
            keys.CreateNewKey(now, now.AddDays(options.Value.KeyDays));
            Changed(options.Value.Suite);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(6802, LogLevel.Information, "Secrets are sealed by the suite {Suite} from now on")]
    private partial void Changed(SealingSuite suite);
}
