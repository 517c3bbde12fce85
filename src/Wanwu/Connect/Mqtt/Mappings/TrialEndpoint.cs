using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Body of <c>POST /api/v1/mappings/try</c>.</summary>
/// <param name="Mapping">The document, or the id of a saved mapping.</param>
/// <param name="Topic">The topic of the message.</param>
/// <param name="Payload">The message as a text.</param>
/// <param name="Publisher">The thing that publishes it; whoever asks unless given.</param>
internal sealed record TryMapping(JsonElement Mapping, string Topic, string Payload, string? Publisher);

/// <summary>Tries a mapping on a message before it is saved.</summary>
internal static class TrialEndpoint
{
    private const int MaxPayload = 256 * 1024, MaxTopic = 65_535;

    public static void MapMappingTrial(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/mappings/try", TryAsync).WithTags("Mappings").RequireAuthorization(Permission.ChangeThings.PolicyEverywhere()).Accepts<TryMapping>("application/json")
            .WithSummary("Tells what a mapping makes of a message, step by step; stores nothing.").ProducesProblem(400).NotAudited("A trial; it changes nothing.");

    private static async Task<Results<Ok<TrialView>, ProblemHttpResult>> TryAsync(HttpContext context, MessageIntake intake, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var members = JsonBody.Members(document!.RootElement, ["mapping", "topic", "payload", "publisher"], faults);
            var entry = ReadMapping(members, intake.Things, faults);
            var (topic, payload) = (members.Text("topic", faults) ?? "", members.Text("payload", faults) ?? "");
            if (topic.Length is 0 or > MaxTopic) faults.Add("topic", "Expected the topic of a message.");
            if (payload.Length > MaxPayload) faults.Add("payload", $"A payload has at most {MaxPayload} characters.");
            var publisher = ReadPublisher(members, context, intake, faults);
            if (!faults.IsEmpty || entry is null || publisher is null) return faults.ToProblem();
            return TypedResults.Ok(new MappingTrial(intake).Run(entry, topic, payload, publisher));
        }
    }

    private static MappingEntry? ReadMapping(Dictionary<string, JsonElement> members, ThingDirectory things, FieldFaults faults)
    {
        if (!members.TryGetValue("mapping", out var mapping)) faults.Add("mapping", "Expected a mapping's document, or the id of a saved one.");
        else if (mapping.ValueKind == JsonValueKind.String)
        {
            if (things.Mappings.All.TryGetValue(mapping.GetString()!, out var saved)) return saved;
            faults.Add("mapping", $"There is no mapping '{ThingRules.Short(mapping.GetString()!)}'.");
        }
        else
        {
            var ofMapping = new FieldFaults();
            if (MappingReader.Read(mapping, ofMapping) is { } read) return new MappingEntry("this", 0, read, default);
            foreach (var (member, rules) in ofMapping.All)
                foreach (var rule in rules) faults.Add($"mapping.{member}".TrimEnd('.'), rule);
        }
        return null;
    }

    private static Caller? ReadPublisher(Dictionary<string, JsonElement> members, HttpContext context, MessageIntake intake, FieldFaults faults)
    {
        if (members.Text("publisher", faults) is not { } publisher) return Caller.From(context.User);
        if (ThingId.TryParse(publisher, null, out var id) && intake.Things.Find(id) is { } thing && intake.Rules.May(Caller.From(context.User), Permission.ReadThings, thing))
            return Caller.OfThing(id);
        faults.Add("publisher", $"There is no thing '{ThingRules.Short(publisher)}'.");
        return null;
    }
}
