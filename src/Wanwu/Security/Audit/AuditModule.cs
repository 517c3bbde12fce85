using Wanwu.Hosting.Options;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Security.Audit;

internal static class AuditModule
{
    /// <summary>Before every other room: its first record is that of the start, its last that of the stop.</summary>
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AuditOptions>("Security:Audit");
        builder.Services.AddSingleton<AuditKeys>();
        builder.Services.AddSingleton<AuditTrail>();
        builder.Services.AddSingleton<RefusalGate>();
        builder.Services.AddSingleton<AuditedActs>();
        builder.Services.AddSingleton<AuditExpiry>();
        builder.Services.AddSingleton<AuditState>();
        builder.Services.AddSingleton<AuditReader>();
        builder.Services.AddHostedService<AuditHours>();
    }
}
