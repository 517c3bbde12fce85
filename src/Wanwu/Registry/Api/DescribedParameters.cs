using Microsoft.OpenApi;

namespace Wanwu.Registry;

/// <summary>Tells the API's description what an endpoint reads by itself, where its signature does not show it.</summary>
internal static class DescribedParameters
{
    private const string Json = "application/json";

    /// <summary>Parameters in the address.</summary>
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder endpoint, params string[] names) => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        operation.Parameters ??= [];
        foreach (var name in names)
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        return Task.CompletedTask;
    });

    /// <summary>Members of a JSON object in the body, which the endpoint reads strictly: what is not among them is refused.</summary>
    public static RouteHandlerBuilder WithMembers(this RouteHandlerBuilder endpoint, params string[] names) => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
    {
        var members = names.ToDictionary(name => name, IOpenApiSchema (_) => new OpenApiSchema());
        var schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = members };
        operation.RequestBody = new OpenApiRequestBody { Content = new Dictionary<string, OpenApiMediaType> { [Json] = new() { Schema = schema } } };
        return Task.CompletedTask;
    });
}
