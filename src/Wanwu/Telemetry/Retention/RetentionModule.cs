using Wanwu.Hosting.Options;
using Wanwu.Registry.Organisations;

namespace Wanwu.Telemetry.Retention;

internal static class RetentionModule
{
    public static void AddRetention(this WebApplicationBuilder builder)
    {
        builder.AddSettings<RetentionOptions>("Telemetry:Retention");
        builder.Services.AddSingleton<RetentionBook>();
        builder.Services.AddSingleton<RetentionChanges>();
        builder.Services.AddSingleton<IOrganisationUse, OrganisationsKept>();
        builder.Services.AddSingleton<FileCounts>();
        builder.Services.AddSingleton<ExpiryFaults>();
        builder.Services.AddSingleton<ExpiryRooms>();
        builder.Services.AddSingleton<Expiry>();
        builder.Services.AddSingleton<StorageFigures>();
        builder.Services.AddSingleton<RetentionPreview>();
    }

    public static void MapRetention(this IEndpointRouteBuilder routes)
    {
        routes.MapPolicies();
        routes.MapHolds();
        routes.MapStorage();
    }
}
