using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access.External;

/// <summary>Where this house steps into the framework's course: another issuer than the configured one is refused, little is kept, and what failed is told to person, trail and log.</summary>
internal sealed partial class ExternalEvents(IOptions<ExternalOptions> external, SignInRecords records, ILogger<ExternalEvents> logger) : OpenIdConnectEvents
{
    public override Task TokenValidated(TokenValidatedContext context)
    {
        if (ProviderOf(context.Scheme) is not { } provider || !provider.IsIssuer(context.SecurityToken.Issuer)) context.Fail("The token is of another issuer than the configured authority.");
        // What comes straight from the provider may be unsigned by the standard, and the framework takes it so.
        else if (context.SecurityToken.SignatureAlgorithm is not { } algorithm || !ExternalTerms.Algorithms.Contains(algorithm)) context.Fail("The token is not signed.");
        return Task.CompletedTask;
    }

    public override Task TicketReceived(TicketReceivedContext context)
    {
        if (ProviderOf(context.Scheme) is { } provider && context.Principal is { } all) context.Principal = ExternalIdentity.Keep(all, provider);
        return Task.CompletedTask;
    }

    public override Task RemoteFailure(RemoteFailureContext context)
    {
        var provider = ProviderOf(context.Scheme)?.Id ?? "";
        Refused(provider, context.Failure?.Message);
        records.Refused("", BasicHandler.AddressOf(context.HttpContext), $"the answer of the provider {provider} was refused");
        context.Response.Redirect(AccountEndpoints.With(AccountEndpoints.SignInPage, ("error", "external")));
        context.HandleResponse();
        return Task.CompletedTask;
    }

    private ExternalProvider? ProviderOf(AuthenticationScheme scheme) => external.Value.Providers.FirstOrDefault(known => known.Scheme == scheme.Name);

    [LoggerMessage(6401, LogLevel.Warning, "The answer of the provider {Provider} was refused: {Reason}")]
    private partial void Refused(string provider, string? reason);
}
