using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using Wanwu.Things;

namespace Wanwu.Security.Access.OAuth;

/// <summary>What OpenIddict asks of a client, by this house's rules: a disabled one is not there, and its former secret works for a while.</summary>
internal sealed class ProgramApplications(
    IOpenIddictApplicationCache<ProgramRow> cache, ILogger<OpenIddictApplicationManager<ProgramRow>> logger, IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<ProgramRow> store, TimeProvider clock)
    : OpenIddictApplicationManager<ProgramRow>(cache, logger, options, store)
{
    public override async ValueTask<ProgramRow?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken = default) =>
        await base.FindByClientIdAsync(identifier, cancellationToken) is { Disabled: null } program ? program : null;

    public override async ValueTask<bool> ValidateClientSecretAsync(ProgramRow application, string secret, CancellationToken cancellationToken = default) =>
        await base.ValidateClientSecretAsync(application, secret, cancellationToken)
        || (application.PreviousSecret is { } former && application.PreviousSecretUntil > Timestamp.Now(clock) && Matches(secret, former));

    protected override ValueTask<string> ObfuscateClientSecretAsync(string secret, CancellationToken cancellationToken = default) => new(Hash(secret));

    protected override ValueTask<bool> ValidateClientSecretAsync(string secret, string comparand, CancellationToken cancellationToken = default) => new(Matches(secret, comparand));

    /// <summary>What is stored. A secret is made by the server of 256 random bits: a plain hash cannot be turned back, and a slow one would only help those who flood the door with wrong ones.</summary>
    public static string Hash(string secret) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static bool Matches(string secret, string hash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(secret)), Encoding.ASCII.GetBytes(hash));
}
