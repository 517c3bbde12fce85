using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Wanwu.Hosting.Options;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Access.People;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access;

internal static class AccessModule
{
    private const string ByHeader = "wanwu";

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.AddSettings<TokenOptions>("Security:Tokens");
        builder.Services.AddAccessData();
        builder.Services.AddHostedService<TokenUpkeep>();
        builder.AddPeople();
        builder.Services.AddSingleton<Bearers>();
        builder.Services.AddSingleton<TokenStanding>();
        builder.AddOAuth();
        builder.Services.AddSingleton<SignIn>();
        builder.Services.AddSingleton<SignInRecords>();
        builder.Services.AddSingleton<IAuthorizationHandler, PermissionHandler>();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusalAnswer>();
        builder.Services.AddAntiforgery();
        builder.Services.AddDataProtection().SetApplicationName("Wanwu");
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>, KeyRing>();
        AddSchemes(builder.Services);
        AddPolicies(builder.Services.AddAuthorizationBuilder());
    }

    /// <summary>Accounts and tokens, with or without a server around them.</summary>
    public static void AddAccessData(this IServiceCollection services)
    {
        services.AddSingleton<AccessRules>();
        services.AddSingleton<TokenUses>();
        services.AddSingleton<GrantChanges>();
        services.AddSingleton<GrantRules>();
        services.AddSingleton<GrantDesk>();
        services.AddSingleton<GrantSubjects>();
        services.AddSingleton<AccessQuestion>();
        services.AddSingleton<AccessTokens>();
    }

    private static void AddSchemes(IServiceCollection services)
    {
        new IdentityBuilder(typeof(Person), services).AddSignInManager().AddClaimsPrincipalFactory<PersonClaims>();
        services.AddAuthentication(ByHeader)
            .AddPolicyScheme(ByHeader, null, scheme => scheme.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.Name, null)
            .AddScheme<AuthenticationSchemeOptions, BasicHandler>(BasicHandler.Name, null)
            .AddCookie(IdentityConstants.ApplicationScheme, ConfigureCookie);
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme).Configure<SessionCookie>((cookie, session) => cookie.ExpireTimeSpan = session.Life);
    }

    private static string SchemeOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(BasicHandler.Name, StringComparison.OrdinalIgnoreCase) ? BasicHandler.Name
            : header.Length > 0 ? BearerHandler.Name
            : IdentityConstants.ApplicationScheme;
    }

    private static void ConfigureCookie(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "wanwu";
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.SlidingExpiration = false;
        cookie.LoginPath = AccountEndpoints.SignInPage;
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.EventsType = typeof(SessionCookie);
    }

    private static void AddPolicies(AuthorizationBuilder authorization)
    {
        foreach (var permission in Enum.GetValues<Permission>())
            foreach (var (name, everywhere) in (ReadOnlySpan<(string, bool)>)[(permission.Policy(), false), (permission.PolicyEverywhere(), true)])
                authorization.AddPolicy(name, policy => policy.RequireAuthenticatedUser().AddRequirements(new PermissionRequirement(permission, everywhere)));
    }

    public static void MapAccess(this WebApplication app)
    {
        app.UseOAuthGuards();
        app.UseAuthentication();
        app.UseMiddleware<AuditRequests>();
        app.UseCrossSiteGuard();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapAccount();
        app.MapPeople();
        app.MapTokens();
        app.MapGrants();
        app.MapOwnTokens();
        app.MapOAuth();
    }
}
