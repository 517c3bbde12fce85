using Wanwu.Hosting.Options;

namespace Wanwu.Security.Certificates;

internal static class CertificatesModule
{
    public static void AddCertificates(this WebApplicationBuilder builder)
    {
        builder.AddSettings<CertificateOptions>("Security:Certificates");
        builder.Services.AddSingleton<AuthorityFiles>();
        builder.Services.AddSingleton<DeviceAuthority>();
        builder.Services.AddSingleton<DeviceCertificates>();
        builder.Services.AddSingleton<CertificateRenewals>();
        builder.Services.AddSingleton<CertifiedSignIn>();
    }
}
