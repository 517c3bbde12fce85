using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Server-sent events: <c>observation</c> for each one committed, <c>dropped</c> when the reader did not keep up, <c>idle</c> when nothing came for a while.</summary>
internal static class WatchEndpoint
{
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(15);

    public static IResult Watch(
        ThingId id, ClaimsPrincipal user, ThingDirectory things, AccessRules access, SightedValues values, ObservationWatch watch, IHostApplicationLifetime lifetime, TimeProvider clock,
        CancellationToken stop)
    {
        if (ObservationEndpoints.Refuse(id, user, Permission.ReadObservations, things, access, out _) is { } refused) return refused;
        var caller = Caller.From(user);
        var sight = new Sight(access, () => things.Find(id) is { } thing && access.May(caller, Permission.ReadObservations, thing),
            value => things.Find(id) is { } thing ? values.Now(caller, thing, value) : null);
        return TypedResults.ServerSentEvents(EventsAsync(watch, id, sight, clock, lifetime.ApplicationStopping, stop));
    }

    /// <param name="Holds">Whether the reader may still look on; the stream ends when not, within a moment of grants that change.</param>
    /// <param name="Of">The value as the reader may see it, or null.</param>
    private sealed record Sight(AccessRules Access, Func<bool> Holds, Func<LatestValue, LatestValue?> Of);

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        ObservationWatch watch, ThingId id, Sight sight, TimeProvider clock, CancellationToken serverStops, [EnumeratorCancellation] CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(serverStops, stop);
        using var changes = sight.Access.OnChange(() =>
        {
            if (!sight.Holds()) either.CancelAfter(0);
        });
        using var watcher = watch.Open(id);
        // Sent at once, so that the reader knows that it is looking on before anything happens.
        yield return new SseItem<string>("{}", "open");
        while (!either.IsCancellationRequested)
        {
            if (!await ArrivedAsync(watcher, clock, either.Token))
            {
                if (either.IsCancellationRequested) yield break;
                yield return new SseItem<string>("{}", "idle");
                continue;
            }
            if (watcher.TakeDropped() is > 0 and var dropped) yield return new SseItem<string>($$"""{"count":{{dropped}}}""", "dropped");
            while (watcher.Observations.TryRead(out var value))
            {
                // The thing may have moved out of reach.
                if (!sight.Holds()) yield break;
                if (sight.Of(value) is { } seen) yield return new SseItem<string>(Json(seen), "observation");
            }
        }
    }

    /// <summary>Whether something is there to be read; false after a while without, or at the end.</summary>
    private static async Task<bool> ArrivedAsync(ObservationWatch.Watcher watcher, TimeProvider clock, CancellationToken stop)
    {
        using var idle = new CancellationTokenSource(IdleAfter, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, stop);
        try
        {
            return await watcher.Observations.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string Json(LatestValue value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteString("property"u8, value.Observation.Series.NameUtf8);
            writer.WritePropertyName("value"u8);
            value.Observation.Value.WriteTo(writer);
            writer.WritePropertyName("t"u8);
            Times.Write(writer, value.Observation.Time);
            writer.WriteString("quality"u8, QueryParameters.Name(value.Observation.Quality));
            writer.WritePropertyName("received"u8);
            Times.Write(writer, value.Received);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
