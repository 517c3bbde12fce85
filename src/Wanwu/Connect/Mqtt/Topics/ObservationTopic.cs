using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Topics;

/// <summary>Topics under which observations are sent: <c>v1/things/ID/observations/PROPERTY</c>.</summary>
internal static class ObservationTopic
{
    private const int LevelOfThing = 2, LevelOfProperty = 4;

    public static byte[] Of(ThingId thing, PropertyName property) => Encoding.UTF8.GetBytes($"v1/things/{thing}/observations/{property}");

    public static bool TryRead(ReadOnlySpan<byte> topic, out ThingId thing, out PropertyName property)
    {
        (thing, property) = (default, default);
        if (!TopicFilter.Matches(ObservationFeed.Pattern, topic)) return false;
        Span<Range> levels = stackalloc Range[LevelOfProperty + 1];
        var text = Encoding.UTF8.GetString(topic).AsSpan();
        text.Split(levels, '/');
        return ThingId.TryParse(text[levels[LevelOfThing]], null, out thing) && PropertyName.TryParse(text[levels[LevelOfProperty]], null, out property);
    }
}
