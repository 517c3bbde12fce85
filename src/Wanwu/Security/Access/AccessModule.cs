using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Wanwu.Hosting.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access;

internal static class AccessModule
{
    private const string ByHeader = "wanwu";
    private static readonly TimeSpan SessionLife = TimeSpan.FromHours(8);

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.AddSettings<TokenOptions>("Security:Tokens");
        builder.Services.AddAccessData();
        builder.Services.AddHostedService<TokenUpkeep>();
        builder.Services.AddSingleton<SignIn>();
        builder.Services.AddSingleton<SignInThrottle>();
        builder.Services.AddSingleton<PersonSignIn>();
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
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<FirstAdministrator>();
        services.AddSingleton<IPasswordHasher<Person>, PasswordHasher<Person>>();
        services.AddIdentityCore<Person>(identity =>
        {
            var (password, lockout) = (identity.Password, identity.Lockout);
            // PasswordRules asks for length instead.
            (password.RequireDigit, password.RequireLowercase, password.RequireUppercase, password.RequireNonAlphanumeric) = (false, false, false, false);
            (password.RequiredLength, password.RequiredUniqueChars) = (PasswordRules.MinLength, 1);
            (lockout.MaxFailedAccessAttempts, lockout.DefaultLockoutTimeSpan) = (10, TimeSpan.FromMinutes(5));
            identity.User.AllowedUserNameCharacters = "";
        }).AddPasswordValidator<PasswordRules>().AddEntityFrameworkStores<RegistryDb>();
    }

    private static void AddSchemes(IServiceCollection services)
    {
        new IdentityBuilder(typeof(Person), services).AddSignInManager().AddClaimsPrincipalFactory<PersonClaims>();
        services.Configure<SecurityStampValidatorOptions>(stamp => stamp.ValidationInterval = TimeSpan.FromMinutes(1));
        services.AddAuthentication(ByHeader)
            .AddPolicyScheme(ByHeader, null, scheme => scheme.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.Name, null)
            .AddScheme<AuthenticationSchemeOptions, BasicHandler>(BasicHandler.Name, null)
            .AddCookie(IdentityConstants.ApplicationScheme, ConfigureCookie);
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
        cookie.ExpireTimeSpan = SessionLife;
        cookie.LoginPath = AccountEndpoints.SignInPage;
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.Events.OnValidatePrincipal = SecurityStampValidator.ValidatePrincipalAsync;
        cookie.Events.OnRedirectToLogin = context => AnswerOrRedirect(context, StatusCodes.Status401Unauthorized);
        cookie.Events.OnRedirectToAccessDenied = context => AnswerOrRedirect(context, StatusCodes.Status403Forbidden);
    }

    /// <summary>A person is led to the sign-in page; a program is told the status.</summary>
    private static Task AnswerOrRedirect(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        var request = context.Request;
        if (status == StatusCodes.Status401Unauthorized && HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/metrics"))
        {
            context.Response.Redirect(context.RedirectUri);
            return Task.CompletedTask;
        }
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer realm=\"wanwu\"";
        return Task.CompletedTask;
    }

    private static void AddPolicies(AuthorizationBuilder authorization)
    {
        foreach (var permission in Enum.GetValues<Permission>())
            authorization.AddPolicy(permission.Policy(), policy => policy.RequireAuthenticatedUser().AddRequirements(new PermissionRequirement(permission)));
    }

    public static void MapAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseMiddleware<AuditRequests>();
        app.UseCrossSiteGuard();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapAccount();
        app.MapTokens();
        app.MapOwnTokens();
    }
}
