using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Wanwu.Hosting.Options;

namespace Wanwu.Security.Access.External;

internal static class ExternalModule
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static void AddExternal(this WebApplicationBuilder builder)
    {
        builder.AddSettings<ExternalOptions>("Security:External");
        var services = builder.Services;
        // Whatever a stranger sends as a provider's answer is its error, not the server's: told by one warning of our own.
        builder.Logging.AddFilter(typeof(OpenIdConnectHandler).FullName, LogLevel.None);
        services.AddSingleton<ExternalEvents>();
        services.AddSingleton<ExternalGrants>();
        services.AddSingleton<ExternalPeople>();
        services.AddSingleton<LinkTickets>();
        services.AddSingleton<LogoutTokens>();
        services.AddSingleton<ExternalTerms>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>>(provider => provider.GetRequiredService<ExternalTerms>());
        services.AddSingleton<IConfigureOptions<AuthenticationOptions>>(provider => provider.GetRequiredService<ExternalTerms>());
        // What AddOpenIdConnect would register; which providers there are, the settings say later.
        services.AddTransient<OpenIdConnectHandler>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>());
        services.AddAuthentication().AddCookie(ExternalIdentity.Scheme, cookie =>
        {
            cookie.Cookie.Name = "wanwu-external";
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            (cookie.ExpireTimeSpan, cookie.SlidingExpiration) = (Patience, false);
        });
    }
}
