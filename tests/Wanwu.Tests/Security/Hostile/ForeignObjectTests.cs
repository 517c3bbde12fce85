using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Grants;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>Whoever holds a part and names what lies outside (IDOR) is answered as about what is not there: no sign tells the two apart, and nothing changes.</summary>
[Collection(nameof(World))]
public sealed partial class ForeignObjectTests(World world)
{
    public static TheoryData<string> Roles => [.. Role.All.Where(role => role is not (Role.SecurityOfficer or Role.Auditor))];

    [Fact]
    public void Everything_that_an_address_can_name_is_here_within_and_outside()
    {
        var unknown = world.Operations.Where(operation => operation.InPath.Length > 0 && world.Of(operation) is null).Select(operation => operation.Path).Distinct();
        Assert.Equal([], unknown);
    }

    [Theory, MemberData(nameof(Roles))]
    public async Task An_address_that_names_what_is_outside_is_answered_as_one_that_names_nothing(string role)
    {
        using var caller = await Scoped.ClientAsync(world.Server, role);
        var faults = new List<string>();
        foreach (var operation in world.Operations.Where(operation => operation.InPath.Length > 0 && !IsForEverybody(operation) && world.Of(operation) is not null))
        {
            var kind = world.Of(operation)!;
            foreach (var body in Bodies(operation))
            {
                var (outside, absent) = (await AnswerAsync(caller, operation, kind.Outside, body), await AnswerAsync(caller, operation, kind.Absent, body));
                if (outside != absent) faults.Add($"{operation.Name} {body}\n   outside: {outside}\n   absent:  {absent}");
                else if (outside.StartsWith('2')) faults.Add($"{operation.Name} {body}: is done: {outside}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        await NothingChangedAsync();
    }

    /// <summary>What is outside is still there, as it was made.</summary>
    private async Task NothingChangedAsync()
    {
        foreach (var operation in world.Operations.Where(operation => operation is { Method: "GET", InPath.Length: 1 } && operation.Path.EndsWith('}') && !IsForEverybody(operation) && !operation.Path.Contains("/me/", StringComparison.Ordinal)))
            await world.Administrator.ReadAsync(operation.PathWith(_ => world.Of(operation)!.Outside));
        var thing = await world.Administrator.ReadAsync($"/api/v1/things/{world.Of(world.Operations.First(operation => operation.Path == "/api/v1/things/{id}"))!.Outside}");
        Assert.Equal((1, World.Mark), (thing["revision"]!.GetValue<int>(), thing.Text("organisation")));
    }

    [Theory, MemberData(nameof(Roles))]
    public async Task A_parameter_or_member_that_names_what_is_outside_is_answered_as_one_that_names_nothing(string role)
    {
        using var caller = await Scoped.ClientAsync(world.Server, role);
        var faults = new List<string>();
        foreach (var operation in world.Operations.Where(operation => operation.Method != "DELETE" && !IsForEverybody(operation)))
        {
            foreach (var name in operation.InQuery.Where(name => Named(name) is not null))
            {
                Task<string> With(string id) => AnswerAsync(caller, operation, Inside(operation), operation.Body?.ToJsonString(), $"?{name}={Uri.EscapeDataString(id)}", id);
                await CompareAsync($"{operation.Name} {name}=", Named(name)!, With, faults);
            }
            if (operation.Body is JsonObject body)
                foreach (var name in body.Select(member => member.Key).Where(name => Named(name) is not null))
                    await CompareAsync($"{operation.Name} {{{name}}}", Named(name)!, id => AnswerAsync(caller, operation, Inside(operation), WithMember(body, name, id), "", id), faults);
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static async Task CompareAsync(string what, Kind kind, Func<string, Task<string>> answer, List<string> faults)
    {
        var (outside, absent) = (await answer(kind.Outside), await answer(kind.Absent));
        if (outside != absent) faults.Add($"{what}\n   outside: {outside}\n   absent:  {absent}");
    }

    private string Inside(Operation operation) => world.Of(operation) is { } kind ? kind.Inside ?? kind.Absent : "x";

    private static string WithMember(JsonObject body, string name, string id)
    {
        var copy = body.DeepClone();
        copy[name] = name.EndsWith('s') ? new JsonArray(id) : id;
        return copy.ToJsonString();
    }

    /// <summary>What a parameter or member of this name is about.</summary>
    private Kind? Named(string name)
    {
        var path = name switch
        {
            "thing" or "things" or "gateway" => "/api/v1/things/{id}",
            "organisation" or "organisations" or "parent" or "within" => "/api/v1/organisations/{id}",
            "person" => "/api/v1/people/{id}",
            "program" => "/api/v1/tokens/{id}",
            _ => null,
        };
        return path is null ? null : world.Of(world.Operations.First(operation => operation.Path == path));
    }

    /// <summary>Words that all share, and tables that anybody may read.</summary>
    private static bool IsForEverybody(Operation operation) => operation.Path.StartsWith("/api/v1/models", StringComparison.Ordinal) || operation.Path.StartsWith("/api/v1/regions", StringComparison.Ordinal);

    private static IEnumerable<string?> Bodies(Operation operation) => operation.Media.Length == 0 ? [null] : [operation.Body?.ToJsonString() ?? "{}", "{}", "[", "{\"nobodyKnowsThis\":1}"];

    /// <summary>Status, kind and text of the answer, in which the id stands for itself.</summary>
    private static async Task<string> AnswerAsync(HttpClient caller, Operation operation, string id, string? body, string query = "", string? named = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), operation.PathWith(name => name is "id" or "key" or "code" ? id : "p") + query);
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, operation.JsonMedia ?? operation.Media.FirstOrDefault("application/json"));
        using var answer = await caller.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var type = answer.Content.Headers.ContentType?.MediaType;
        var text = type == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var headers = string.Join(' ', answer.Headers.Select(header => header.Key).Where(name => name is not ("Date" or "Transfer-Encoding")).Order(StringComparer.Ordinal));
        return $"{(int)answer.StatusCode} {type} {headers} {Changing().Replace(text, "").Replace(named ?? id, "ID", StringComparison.OrdinalIgnoreCase)}";
    }

    [GeneratedRegex("\"traceId\":\"[^\"]*\"|\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z")]
    private static partial Regex Changing();
}
