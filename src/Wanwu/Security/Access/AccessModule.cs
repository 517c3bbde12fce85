using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Wanwu.Hosting.Options;
using Wanwu.Security.Access.Contact;
using Wanwu.Security.Access.External;
using Wanwu.Security.Access.Limits;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Access.People;
using Wanwu.Security.Audit;
using Wanwu.Security.Certificates;

namespace Wanwu.Security.Access;

internal static class AccessModule
{
    private const string ByHeader = "wanwu";

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.AddSettings<TokenOptions>("Security:Tokens");
        builder.AddSettings<LimitSettings>("Security:Limits");
        builder.Services.AddSingleton<FailedSignIns>();
        builder.Services.AddSingleton<RequestLimits>();
        builder.Services.AddSingleton<ConnectionBounds>();
        builder.Services.AddAccessData();
        builder.Services.AddSingleton<ValueMasks>();
        builder.Services.AddHostedService<TokenUpkeep>();
        builder.AddPeople();
        builder.AddExternal();
        builder.Services.AddSingleton<Bearers>();
        builder.Services.AddSingleton<TokenStanding>();
        builder.AddOAuth();
        builder.Services.AddSingleton<CallerStanding>();
        builder.Services.AddSingleton<OpenAnswers>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OpenAnswers>());
        builder.AddSettings<ContactOptions>("Security:Things");
        builder.Services.AddSingleton<ThingSignIn>();
        builder.Services.AddSingleton<SignIn>();
        builder.Services.AddHostedService<UnknownUpkeep>();
        builder.AddCertificates();
        builder.Services.AddSingleton<SignInRecords>();
        builder.Services.AddSingleton<IAuthorizationHandler, PermissionHandler>();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusalAnswer>();
        builder.Services.AddAntiforgery();
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
        services.AddSingleton<BindingSeals>();
        services.AddSingleton<UnknownDevices>();
        services.AddSingleton<IdentifierDoor>();
        services.AddSingleton<RegistrationKeys>();
        services.AddSingleton<ProgramReach>();
        services.AddSingleton<HashKey>();
        services.AddSingleton<AttemptPasswords>();
        services.AddSingleton<FirstPasswords>();
        services.AddSingleton<Registrations>();
        services.AddSingleton<Bindings>();
        services.AddSingleton<Bans>();
        services.AddSingleton<UnknownDesk>();
    }

    private static void AddSchemes(IServiceCollection services)
    {
        new IdentityBuilder(typeof(Person), services).AddSignInManager().AddClaimsPrincipalFactory<PersonClaims>();
        services.AddAuthentication(ByHeader)
            .AddPolicyScheme(ByHeader, null, scheme => scheme.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.Name, null)
            .AddScheme<AuthenticationSchemeOptions, BasicHandler>(BasicHandler.Name, null)
            .AddScheme<AuthenticationSchemeOptions, CertificateHandler>(CertificateHandler.Name, null)
            .AddCookie(IdentityConstants.ApplicationScheme, ConfigureCookie);
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme).Configure<SessionCookie>((cookie, session) => cookie.ExpireTimeSpan = session.Life);
    }

    private static string SchemeOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(BasicHandler.Name, StringComparison.OrdinalIgnoreCase) ? BasicHandler.Name
            : header.Length > 0 ? BearerHandler.Name
            : CertificateHandler.IsFor(context) ? CertificateHandler.Name
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
        var limits = app.Services.GetRequiredService<RequestLimits>();
        app.Use(limits.BeforeAsync);
        app.UseAuthentication();
        app.Use(limits.BehindAsync);
        app.UseMiddleware<AuditRequests>();
        app.UseCrossSiteGuard();
        app.UseAuthorization();
        var answers = app.Services.GetRequiredService<OpenAnswers>();
        app.Use((context, next) => answers.WatchAsync(context, next));
        app.UseAntiforgery();
        app.MapAccount();
        app.MapPeople();
        app.MapTokens();
        app.MapCertificates();
        app.MapGrants();
        app.MapContact();
        app.MapOwnTokens();
        app.MapOAuth();
    }
}
