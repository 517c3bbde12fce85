using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Wanwu.Registry;
using Wanwu.Security.Audit;

namespace Wanwu.Tests.Security.Audit;

/// <summary>Nothing that changes something goes unrecorded because somebody forgot.</summary>
public sealed class AuditedEndpointsTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    [Fact]
    public void Every_endpoint_that_may_change_something_says_what_it_records()
    {
        var silent = wanwu.Server.App.As<IEndpointRouteBuilder>().DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: var methods } && methods.Any(method => method is not ("GET" or "HEAD" or "OPTIONS")))
            // Pages change nothing by a request: what they do is recorded where it is done. What begins with _ is the framework's.
            .Where(endpoint => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is null && endpoint.RoutePattern.RawText?.TrimStart('/').StartsWith('_') != true)
            .Where(endpoint => endpoint.Metadata.GetMetadata<AuditAction>() is null && endpoint.Metadata.GetMetadata<NotAudited>() is null)
            .Select(endpoint => endpoint.DisplayName);
        Assert.Equal([], silent);
    }

    /// <summary>What is called so is never written, and what else may hold a secret is held back by its type.</summary>
    [Fact]
    public void No_secret_of_the_registry_can_reach_the_trail()
    {
        using var db = new RegistryDbDesign().CreateDbContext([]);
        string[] telling = ["secret", "hash", "password", "stamp", "token", "key"];
        // Names that tell what a value is for, and hold no secret.
        string[] open = ["PasswordChanged", "MustChangePassword", "ProviderKey", "LoginProvider", "PreviousSecretUntil"];
        var shown = from entity in db.Model.GetEntityTypes()
                    from property in entity.GetProperties()
                    where telling.Any(word => property.Name.Contains(word, StringComparison.OrdinalIgnoreCase)) && !open.Contains(property.Name)
                    where !RegistryRecords.IsHidden(property.Name, property.ClrType)
                    select $"{entity.ClrType.Name}.{property.Name}";
        Assert.Equal([], shown.Distinct());
    }
}

file static class Casting
{
    public static T As<T>(this WebApplication app) where T : class => (T)(object)app;
}
