using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>The server's own description of its API, walked with values that nobody sends who means well. Made from the document: a new operation is walked the day it exists.</summary>
[Collection(nameof(World))]
public sealed class HostileWalkTests(World world)
{
    /// <summary>One request of so many; <c>./test soak</c> sends all.</summary>
    private static readonly int Share = int.TryParse(Environment.GetEnvironmentVariable("WANWU_WALK_SHARE"), out var share) ? share : 12;

    [Fact]
    public void The_description_has_every_operation_that_is_mapped()
    {
        var described = world.Operations.Select(operation => operation.Name).ToHashSet();
        var mapped = from endpoint in world.Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                     let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
                     where path.StartsWith("/api/v1", StringComparison.Ordinal)
                     from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                     select $"{method} {path}";
        Assert.Equal([], mapped.Where(name => !described.Contains(name)));
        Assert.True(described.Count > 100, $"{described.Count}");
    }

    [Fact]
    public async Task Whatever_an_administrator_sends_is_answered_and_never_with_a_fault_of_the_server()
    {
        var walk = new HostileWalk(world, world.Administrator, sees: _ => true);
        await walk.RunAsync(Share);
        Assert.True(walk.Count > 100, $"{walk.Count}");
        await world.Administrator.ReadAsync("/api/v1/things");
    }

    [Fact]
    public async Task Whatever_is_sent_by_who_holds_a_part_nothing_outside_is_told()
    {
        var walk = new HostileWalk(world, world.OfBranch, sees: _ => false);
        await walk.RunAsync(Share * 2);
        Assert.True(walk.Count > 100, $"{walk.Count}");
    }

    /// <summary>Members that are nobody's to set, and one that nobody knows.</summary>
    private static readonly string[] NotOffered = ["createdBy", "owner", "revision", "passwordHash", "isAdministrator", "grantedBy", "hash", "__proto__", "nobodyKnowsThis"];

    /// <summary>Reports hold what a thing measures, thing models may be extended: there a member more is no fault. Tokens make no tokens of one's own, whatever they send.</summary>
    private static bool IsOpen(Operation operation) => operation.Path.StartsWith("/api/v1/me/", StringComparison.Ordinal) || operation.Path.EndsWith("/report", StringComparison.Ordinal) || operation.Path.Contains("/events/", StringComparison.Ordinal) || operation.Path.StartsWith("/api/v1/models", StringComparison.Ordinal);

    [Fact]
    public async Task No_body_sets_what_is_not_offered()
    {
        var faults = new List<string>();
        foreach (var operation in world.Operations.Where(operation => operation.Body is JsonObject && !IsOpen(operation)))
        {
            foreach (var member in NotOffered)
            {
                var body = HostileValues.WithoutNulls(operation.Body!.DeepClone());
                body[member] = "x";
                using var answer = await world.Administrator.SendAsync(new HttpMethod(operation.Method), operation.PathWith(_ => world.Of(operation)?.Inside ?? world.Of(operation)?.Outside ?? "x"), body.ToJsonString(), operation.JsonMedia!);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                if (answer.StatusCode != HttpStatusCode.BadRequest || !text.Contains(member, StringComparison.Ordinal)) faults.Add($"{operation.Name} {member}: {(int)answer.StatusCode} {text}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>What anybody may ask: the certificate and the list of revoked ones, which whoever checks a thing's certificate needs.</summary>
    private static readonly string[] ForEverybody = ["GET /api/v1/device-ca", "GET /api/v1/device-ca/crl"];

    [Fact]
    public async Task Nothing_is_answered_to_who_has_not_said_who_it_is()
    {
        var anonymous = world.Server.Anonymous();
        var faults = new List<string>();
        foreach (var operation in world.Operations.Where(operation => !ForEverybody.Contains(operation.Name)))
        {
            foreach (var id in (string[])[world.Of(operation)?.Outside ?? "x", world.Of(operation)?.Absent ?? "x", "'", "%00"])
            {
                using var answer = await anonymous.SendAsync(new HttpMethod(operation.Method), operation.PathWith(_ => id), operation.Media.Length == 0 ? null : operation.Body?.ToJsonString() ?? "{}", operation.Media.FirstOrDefault("application/json"));
                if (answer.StatusCode != HttpStatusCode.Unauthorized && !(id == "%00" && answer.StatusCode == HttpStatusCode.BadRequest)) faults.Add($"{operation.Name} {id}: {(int)answer.StatusCode}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
