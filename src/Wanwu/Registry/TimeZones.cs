using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Wanwu.Registry;

/// <summary>The time zone of a thing: its own, else its region's, else the installation's.</summary>
internal sealed class TimeZones(IOptions<RegistryOptions> options)
{
    private const string China = "Asia/Shanghai";
    private readonly ConcurrentDictionary<string, TimeZoneInfo> _known = new(StringComparer.Ordinal);

    public TimeZoneInfo Of(string? own, string? region) => Get(own ?? ZoneOf(region) ?? options.Value.TimeZone);

    /// <summary>Whether the machine knows a zone of this IANA name.</summary>
    public static bool TryFind(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = name == China || name.Contains('/', StringComparison.Ordinal) || name == "UTC"
            ? TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : Fixed(name)
            : null;
        return zone is not null;
    }

    private TimeZoneInfo Get(string name) => _known.GetOrAdd(name, static name => TryFind(name, out var zone) ? zone : TimeZoneInfo.Utc);

    /// <summary>GB/T 2260: all of China keeps one time; Hong Kong, Macau and Taiwan have zones of their own names.</summary>
    private static string? ZoneOf(string? region) => region?[..2] switch
    {
        null => null,
        "71" => "Asia/Taipei",
        "81" => "Asia/Hong_Kong",
        "82" => "Asia/Macau",
        _ => China,
    };

    /// <summary>China time on a machine without zone data: eight hours ahead since 1992, when summer time was last kept.</summary>
    private static TimeZoneInfo? Fixed(string name) => name is China or "Asia/Taipei" or "Asia/Hong_Kong" or "Asia/Macau"
        ? TimeZoneInfo.CreateCustomTimeZone(name, TimeSpan.FromHours(8), name, name)
        : null;
}
