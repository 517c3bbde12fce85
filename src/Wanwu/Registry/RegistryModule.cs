using Microsoft.EntityFrameworkCore;
using Wanwu.Hosting.Options;
using Wanwu.Registry.Mappings;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;

namespace Wanwu.Registry;

internal static class RegistryModule
{
    public static void AddRegistry(this WebApplicationBuilder builder)
    {
        builder.AddSettings<RegistryOptions>("Registry");
        builder.Services.AddSingleton(services => new DataFolder(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddRegistryData();
        builder.Services.AddSingleton<VisibleThings>();
        builder.Services.AddHostedService<RegistryStart>();
    }

    /// <summary>What reads and changes the registry, with or without a server around it.</summary>
    public static void AddRegistryData(this IServiceCollection services)
    {
        services.AddPooledDbContextFactory<RegistryDb>((provider, options) =>
            options.UseSqlite(provider.GetRequiredService<RegistryDatabase>().ConnectionString));
        // ASP.NET Core Identity asks for the context itself, one a request.
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<RegistryDb>>().CreateDbContext());
        services.AddSingleton<RegistryDatabase>();
        services.AddSingleton<RegistryReader>();
        services.AddSingleton<RegistryBackup>();
        services.AddSingleton<RegistryCheck>();
        services.AddSingleton<CurrentGrants>();
        services.AddSingleton<ContactBook>();
        services.AddSingleton<RegistryFeed>();
        services.AddSingleton<RegistryWriter>();
        services.AddSingleton<ThingDirectory>();
        services.AddSingleton<ThingChanges>();
        services.AddSingleton<ModelChanges>();
        services.AddSingleton<MappingChanges>();
        services.AddSingleton<OrganisationChanges>();
        services.AddSingleton<ModelVersions>();
        services.AddSingleton<SeenModels>();
        services.AddSingleton<ThingSearch>();
        services.AddSingleton<TimeZones>();
        services.AddSingleton<RegistryBackup>();
        services.AddSingleton<RegistryCheck>();
    }

    public static void MapRegistry(this WebApplication app)
    {
        app.MapThings();
        app.MapModels();
        app.MapOrganisations();
        app.MapRegions();
        app.MapMappings();
        app.MapSeenModel();
    }
}
