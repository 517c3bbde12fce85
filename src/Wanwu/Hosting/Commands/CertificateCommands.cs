using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu thing certificate list|issue|revoke</c> and <c>wanwu device-ca show|crl</c>.</summary>
internal static class CertificateCommands
{
    private const string Standard = "-";

    public static Command CreateOfThing() => RegistryCommand.Group("certificate", "The certificates of a thing.", List(), Issue(), Revoke());

    public static Command CreateAuthority() => RegistryCommand.Group("device-ca", "The authority that issues the certificates of things.", Show(), RevokedList());

    private static Argument<string> ThingArgument() => new("THING") { Description = "Id of the thing." };

    private static Command List()
    {
        var (thing, json) = (ThingArgument(), RegistryCommand.JsonOption());
        return RegistryCommand.Of("list", "Lists a thing's certificates, newest first, one a line: serial, state, from, until, SHA-256.", [thing, json], async (parsed, services, stop) =>
            Find(services, parsed.GetValue(thing)!) is { } found
                ? RegistryCommand.Print(await services.GetRequiredService<DeviceCertificates>().ListAsync(found, stop), parsed.GetValue(json), certificate => (string?[])
                [
                    certificate.Serial, certificate.Reason is { } reason ? $"{certificate.State} ({reason})" : certificate.State, certificate.NotBefore.ToString(), certificate.NotAfter.ToString(), certificate.Thumbprint,
                ])
                : await NoThingAsync(parsed.GetValue(thing)!));
    }

    private static Command Issue()
    {
        var thing = ThingArgument();
        var csr = new Argument<string>("CSR") { Description = "PEM file with the request (PKCS#10), as 'openssl req' makes it; - reads standard input." };
        var days = new Option<int?>("--days") { Description = "Days it holds; Security:Certificates:Days unless told." };
        return RegistryCommand.Of("issue", "Issues a certificate for a thing from a request, and prints it (PEM), with its authority behind it.", [thing, csr, days], async (parsed, services, stop) =>
        {
            if (Find(services, parsed.GetValue(thing)!) is not { } found) return await NoThingAsync(parsed.GetValue(thing)!);
            var most = services.GetRequiredService<IOptions<CertificateOptions>>().Value.MaxDays;
            if (parsed.GetValue(days) is { } wanted && (wanted < 1 || wanted > most)) return await RegistryCommand.RefuseAsync(string.Create(CultureInfo.InvariantCulture, $"--days: expected 1 to {most}."));
            var pem = parsed.GetValue(csr) is Standard ? await System.Console.In.ReadToEndAsync(stop) : await File.ReadAllTextAsync(parsed.GetValue(csr)!, stop);
            var fault = SigningRequest.TryRead(pem, found, out var request);
            if (fault != RequestFault.None) return await RegistryCommand.RefuseAsync(SigningRequest.Sentence(fault));
            var (outcome, issued) = await services.GetRequiredService<DeviceCertificates>().IssueAsync(new CertificateOrder(found, request!, parsed.GetValue(days)), stop);
            return issued is not null ? RegistryCommand.Tell(issued.Certificate + issued.Chain.TrimEnd()) : await RegistryCommand.RefuseAsync(CertificateRenewals.Sentence(outcome));
        });
    }

    private static Command Revoke()
    {
        var thing = ThingArgument();
        var serial = new Argument<string>("SERIAL") { Description = "The certificate's serial number, as list shows it." };
        var reason = new Option<string>("--reason") { Description = $"One of {string.Join(", ", RevocationReasons.All)}.", DefaultValueFactory = _ => RevocationReasons.Unspecified };
        reason.AcceptOnlyFromAmong([.. RevocationReasons.All]);
        return RegistryCommand.Of("revoke", "Revokes a certificate at once, and those that were renewed by means of it.", [thing, serial, reason], async (parsed, services, stop) =>
        {
            if (Find(services, parsed.GetValue(thing)!) is not { } found) return await NoThingAsync(parsed.GetValue(thing)!);
            return await services.GetRequiredService<DeviceCertificates>().RevokeAsync(found, parsed.GetValue(serial)!, parsed.GetValue(reason)!, stop)
                ? ExitCodes.Done : await RegistryCommand.RefuseAsync("The thing has no such certificate.");
        });
    }

    private static Command Show() => RegistryCommand.Of("show", "Prints the authority's certificate (PEM): what others trust who are to know the things.", [], async (_, services, _) =>
        services.GetRequiredService<DeviceAuthority>().Find() is { } authority ? RegistryCommand.Tell(authority.ExportCertificatePem()) : await NoAuthorityAsync());

    private static Command RevokedList()
    {
        var file = new Argument<string>("FILE") { Description = "Where the list goes (DER); - writes standard output." };
        return RegistryCommand.Of("crl", "Signs the list of revoked certificates as of now (RFC 5280).", [file], async (parsed, services, stop) =>
        {
            byte[]? list;
            try
            {
                list = await services.GetRequiredService<DeviceCertificates>().ListRevokedAsync(stop);
            }
            catch (AuthorityUnavailableException fault)
            {
                return await RegistryCommand.RefuseAsync(fault.Message);
            }
            if (list is null) return await NoAuthorityAsync();
            if (parsed.GetValue(file) is not Standard) await File.WriteAllBytesAsync(parsed.GetValue(file)!, list, stop);
            else
                await using (var output = System.Console.OpenStandardOutput()) await output.WriteAsync(list, stop);
            return ExitCodes.Done;
        });
    }

    /// <summary>The thing of that id, if there is one.</summary>
    public static ThingId? Find(IServiceProvider services, string text) =>
        ThingId.TryParse(text, null, out var id) && services.GetRequiredService<ThingDirectory>().Find(id) is not null ? id : null;

    public static Task<int> NoThingAsync(string text) => RegistryCommand.RefuseAsync($"There is no thing '{text}'.");

    private static Task<int> NoAuthorityAsync() => RegistryCommand.RefuseAsync("There is no device authority yet: it is made with the first certificate that is issued.");
}
