using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Mono.Cecil;
using Wanwu.Security.Audit;

namespace Wanwu.Tests.Security.Audit;

/// <summary>What pages do leaves no request behind that could say what it records, so the code is asked: nothing that a page comes to changes something unrecorded.</summary>
public sealed class AuditedPagesTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static readonly AuditedCode Code = new(typeof(AuditTrail).Assembly.Location);

    /// <summary>What pages use, no endpoint that only reads does, and changes nothing all the same.</summary>
    private static readonly HashSet<string> Reading =
    [
        "Wanwu.Registry.ThingDirectory::get_Snapshot", "Wanwu.Registry.ThingDirectory::get_Version", "Wanwu.Security.Access.AccessRules::RightsOf", "Wanwu.Security.Access.GrantRules::FaultOfEnding",
        "Wanwu.Security.Access.Contact.UnknownDesk::Find", "Wanwu.Security.Access.PasswordRules::get_MinLength", "Wanwu.Security.Access.People.Redemption::FindAsync", "Wanwu.Security.Access.People.SecondFactors::Again",
        "Wanwu.Security.Access.People.SecondFactors::Offer", "Wanwu.Security.Access.People.SignInSteps::WaitingAsync", "Wanwu.Security.Access.People.PersonSessions::IdOf",
        "Wanwu.Security.Access.People.PersonSessions::IsLive", "Wanwu.Security.Access.People.PersonSessions::ListAsync",
        "Wanwu.Security.Access.GrantRules::Administers", "Wanwu.Security.Access.External.ExternalPeople::BeforeAsync", "Wanwu.Security.Access.External.ExternalPeople::ListAsync", "Wanwu.Security.Access.External.ExternalPeople::get_Providers",
        "Wanwu.Connect.Tls.ClientTrust::Fault", "Wanwu.Connect.Tls.ClientTrust::get_Folder", "Wanwu.Connect.Tls.ClientTrust::get_Others", "Wanwu.Security.Certificates.DeviceCertificates::EndingAsync", "Wanwu.Connect.ListeningDoors::Find", "Wanwu.Connect.ListeningDoors::get_All", "Wanwu.Registry.ThingSearch::Select", "Wanwu.Registry.ThingDirectory::get_Snapshot", "Wanwu.Registry.ThingDirectory::get_Version", "Wanwu.Telemetry.CommittedBatches::Subscribe",
        "Wanwu.Telemetry.LatestValues::TryGet", "Wanwu.Telemetry.Query.ObservationQueries::QualitiesAsync", "Wanwu.Telemetry.Query.Many.PersonalFinds::FindAsync", "Wanwu.Telemetry.Sql.SqlParser::Read",
    ];

    [Fact]
    public void Whatever_a_page_calls_reads_only_or_is_recorded()
    {
        var reading = ReadingEndpoints().SelectMany(handler => ServicesFrom(Code.Of(handler))).Select(AuditedCode.NameOf).ToHashSet();
        var silent = from method in Code.Methods
                     where IsConsole(method.DeclaringType) && IsStart(method)
                     from called in ServicesFrom(method)
                     let name = AuditedCode.NameOf(called)
                     where !Code.Records(called) && !reading.Contains(name) && !Reading.Contains(name) && !Code.Records(method)
                     select name;
        string[] found = [.. silent.Distinct().Order(StringComparer.Ordinal)];
        Assert.True(found.Length == 0, string.Join('\n', found));
        // What would be found if its page did not record it.
        string[] changing = ["Wanwu.Connect.Mqtt.Operations.Clients::Kick", "Wanwu.Connect.Imports.Imports::Start", "Wanwu.Telemetry.Cold.Compaction::RunAsync", "Wanwu.Telemetry.Corrections.CorrectionDesk::CorrectAsync"];
        var used = Code.Methods.Where(method => IsConsole(method.DeclaringType)).SelectMany(ServicesFrom).Where(called => !Code.Records(called)).Select(AuditedCode.NameOf).ToHashSet();
        Assert.Equal([], changing.Except(used));
        Assert.Empty(changing.Intersect(reading));
    }

    /// <summary>The registry has one way in, which records; no other code may save, and none may change rows behind it.</summary>
    [Fact]
    public void Nothing_but_the_writer_saves_the_registry()
    {
        string[] saving = ["SaveChanges", "SaveChangesAsync", "ExecuteUpdate", "ExecuteUpdateAsync", "ExecuteDelete", "ExecuteDeleteAsync", "ExecuteSql", "ExecuteSqlAsync", "ExecuteSqlRaw", "ExecuteSqlRawAsync"];
        var saves = from method in Code.Methods
                    from called in Code.Calls(method)
                    where saving.Contains(called.Name) && called.DeclaringType.Namespace.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) || called.DeclaringType.Name.StartsWith("RegistryDb", StringComparison.Ordinal) && saving.Contains(called.Name)
                    select OutermostOf(method.DeclaringType).FullName;
        Assert.Equal(["Wanwu.Registry.RegistryWriter"], saves.Distinct());
    }

    [Fact]
    public void Every_changing_method_of_the_registry_comes_to_the_writer()
    {
        var changes = Code.Methods.Where(method => method.IsPublic && method.ReturnType.Name.StartsWith("Task", StringComparison.Ordinal) && method.DeclaringType.Name.EndsWith("Changes", StringComparison.Ordinal)
            && method.DeclaringType.Namespace is "Wanwu.Registry" or "Wanwu.Registry.Mappings" or "Wanwu.Telemetry.Retention").ToList();
        Assert.True(changes.Count >= 10, $"There are {changes.Count}: are they called otherwise by now?");
        Assert.Equal([], changes.Where(method => !Code.Records(method)).Select(AuditedCode.NameOf));
    }

    private static TypeDefinition OutermostOf(TypeDefinition type) => type.DeclaringType is { } outer ? OutermostOf(outer) : type;

    private static bool IsConsole(TypeDefinition type) => type.DeclaringType is { } outer ? IsConsole(outer) : type.Namespace.StartsWith("Wanwu.Console", StringComparison.Ordinal);

    /// <summary>Lambdas belong to the method that holds them, but for those of the markup, each of which is an event's.</summary>
    private static bool IsStart(MethodDefinition method) => method.Name.StartsWith("<BuildRenderTree>", StringComparison.Ordinal) || !(method.Name.StartsWith('<') || method.DeclaringType.Name.StartsWith('<'));

    private IEnumerable<MethodInfo> ReadingEndpoints() => ((IEndpointRouteBuilder)wanwu.Server.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<AuditAction>() is null)
        .Select(endpoint => endpoint.Metadata.GetMetadata<MethodInfo>()).OfType<MethodInfo>().Where(handler => handler.Module.Assembly == typeof(AuditTrail).Assembly);

    /// <summary>The methods of services that a method comes to, through whatever else is on the way.</summary>
    private IEnumerable<MethodDefinition> ServicesFrom(MethodDefinition start)
    {
        var seen = new HashSet<MethodDefinition> { start };
        for (var open = new Stack<MethodDefinition>([start]); open.TryPop(out var method);)
            foreach (var called in Code.Calls(method).Select(Code.Of).OfType<MethodDefinition>().Where(seen.Add))
            {
                if (IsService(called.DeclaringType)) yield return called;
                else open.Push(called);
            }
    }

    private bool IsService(TypeDefinition type) => !IsConsole(type) && typeof(AuditTrail).Assembly.GetType(type.FullName) is { } known
        && wanwu.Server.App.Services.GetRequiredService<IServiceProviderIsService>().IsService(known);
}
