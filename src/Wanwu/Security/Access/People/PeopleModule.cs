using Microsoft.AspNetCore.Identity;
using Wanwu.Hosting.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Access.People;

internal static class PeopleModule
{
    public static void AddPeople(this WebApplicationBuilder builder)
    {
        builder.AddSettings<PeopleOptions>("Security:People");
        builder.Services.AddPeopleData();
        builder.Services.AddSingleton<SignInThrottle>();
        builder.Services.AddSingleton<UnknownNames>();
        builder.Services.AddSingleton<LockOut>();
        builder.Services.AddSingleton<OwnPassword>();
        builder.Services.AddSingleton<OwnProof>();
        builder.Services.AddSingleton<PersonSignIn>();
        builder.Services.AddSingleton<PendingSignIn>();
        builder.Services.AddSingleton<SignInSteps>();
        builder.Services.AddSingleton<FormDoor>();
        builder.Services.AddSingleton<SecondFactors>();
        builder.Services.AddSingleton<SessionCookie>();
    }

    /// <summary>Accounts, with or without a server around them.</summary>
    private static void AddPeopleData(this IServiceCollection services)
    {
        services.AddSingleton<FirstAdministrator>();
        services.AddSingleton<Invitations>();
        services.AddSingleton<Redemption>();
        services.AddSingleton<PeopleRules>();
        services.AddSingleton<PersonChanges>();
        services.AddSingleton<PersonSessions>();
        services.AddSingleton<PasswordRules>();
        services.AddSingleton<IPasswordHasher<Person>, PasswordHasher<Person>>();
        services.AddIdentityCore<Person>(identity =>
        {
            var password = identity.Password;
            // PasswordRules asks for length instead, and for whatever the settings ask.
            (password.RequireDigit, password.RequireLowercase, password.RequireUppercase, password.RequireNonAlphanumeric) = (false, false, false, false);
            (password.RequiredLength, password.RequiredUniqueChars) = (1, 1);
            identity.User.AllowedUserNameCharacters = "";
        }).AddPasswordValidator<PasswordRules>().AddEntityFrameworkStores<RegistryDb>();
    }
}
