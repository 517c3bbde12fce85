using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Wanwu.Hosting;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c>, to be browsed at <c>/api</c>.</summary>
internal static class ApiDescription
{
    public static void AddApiDescription(this WebApplicationBuilder builder) => builder.Services.AddOpenApi("v1", options =>
    {
        options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Wanwu 萬物",
                Version = "v1",
                Description = "Things, models, observations and the account of what was received. Times are RFC 3339; lists are paged by cursor; faults are RFC 9457 problems.",
                License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "wanwu token create --name N --role R" },
                ["thing"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic", Description = "A thing's own user name and password." },
            };
            document.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("thing", document)] = [] },
            ];
            return Task.CompletedTask;
        });
    });

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi();
        app.MapScalarApiReference("/api", options => options.WithTitle("Wanwu API").DisableDefaultFonts().WithNonce());
    }
}
