using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Wanwu.Hosting.Options;

/// <summary>A setting that cannot be used: its full name, the value that was given and the rule it breaks.</summary>
internal sealed record SettingFault(string Name, string? Value, string Rule)
{
    public override string ToString() => Value is null ? $"{Name}: {Rule}" : $"{Name} = '{Value}': {Rule}";
}

/// <summary>Checks the whole configuration against the catalogue before anything starts, and finds all faults at once.</summary>
internal static class SettingsCheck
{
    public static IReadOnlyList<SettingFault> Run(OptionsCatalogue catalogue, IConfiguration configuration)
    {
        var faults = new List<SettingFault>();
        faults.AddRange(UnknownNames(catalogue, configuration));
        foreach (var section in catalogue.Sections)
        {
            var unreadable = Unreadable(section, configuration).ToList();
            faults.AddRange(unreadable);
            // A record with an unreadable value cannot be bound; its rules are checked once it can.
            if (unreadable.Count == 0) faults.AddRange(BrokenRules(section, configuration));
        }
        return faults;
    }

    internal static IEnumerable<PropertyInfo> SettingsOf(Type record) => record
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is not null);

    private static IEnumerable<SettingFault> UnknownNames(OptionsCatalogue catalogue, IConfiguration configuration)
    {
        var known = catalogue.Sections
            .SelectMany(section => SettingsOf(section.Record).Select(property => KeyValuePair.Create($"{section.Path}:{property.Name}", property.PropertyType)))
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
        var rooms = catalogue.Sections.Select(section => section.Path.Split(':')[0]).Distinct(StringComparer.OrdinalIgnoreCase);
        foreach (var room in rooms)
        {
            foreach (var (name, value) in configuration.GetSection(room).AsEnumerable())
            {
                if (value is null || NearestTo(name, known) is not { } nearest) continue;
                yield return new SettingFault(name, value, $"there is no such setting. Did you mean {nearest}? docs/configuration.md lists them all.");
            }
        }
    }

    /// <summary>What was meant by a name that is none; null for one that is.</summary>
    private static string? NearestTo(string name, Dictionary<string, Type> known)
    {
        for (var colon = name.Length; colon > 0; colon = name.LastIndexOf(':', colon - 1))
            if (known.TryGetValue(name[..colon], out var type)) return NearestWithin(type, name[..colon], name[colon..].Split(':', StringSplitOptions.RemoveEmptyEntries));
        return known.Keys.MinBy(candidate => Distance(candidate, name));
    }

    /// <summary>The same below a setting: entries of a list or dictionary have a level of their own, and records in them their members.</summary>
    private static string? NearestWithin(Type type, string path, ReadOnlySpan<string> below)
    {
        if (below.IsEmpty) return null;
        if (EntryOf(type) is { } entry) return NearestWithin(entry, $"{path}:{below[0]}", below[1..]);
        var (wanted, members) = (below[0], type.Namespace?.StartsWith(nameof(Wanwu), StringComparison.Ordinal) == true ? SettingsOf(type).ToList() : []);
        if (members.Find(member => member.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) is { } found) return NearestWithin(found.PropertyType, $"{path}:{found.Name}", below[1..]);
        return members.Count == 0 ? path : $"{path}:{members.MinBy(member => Distance(member.Name, wanted))!.Name}";
    }

    /// <summary>Of what a list or dictionary is.</summary>
    private static Type? EntryOf(Type type)
    {
        if (type == typeof(string)) return null;
        var entry = type.GetInterfaces().Prepend(type).FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
        return entry is { IsGenericType: true } && entry.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? entry.GetGenericArguments()[1] : entry;
    }

    private static IEnumerable<SettingFault> Unreadable(OptionsSection section, IConfiguration configuration)
    {
        foreach (var property in SettingsOf(section.Record))
        {
            var name = $"{section.Path}:{property.Name}";
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (configuration[name] is not { } text || type == typeof(string)) continue;
            var converter = TypeDescriptor.GetConverter(type);
            if (!converter.CanConvertFrom(typeof(string))) continue;
            var readable = type.IsEnum ? Enum.TryParse(type, text, ignoreCase: true, out _) : CanConvert(converter, text);
            if (!readable) yield return new SettingFault(name, text, $"must be {Describe(type)}.");
        }
    }

    private static bool CanConvert(TypeConverter converter, string text)
    {
        try
        {
            return converter.ConvertFromInvariantString(text) is not null;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static IEnumerable<SettingFault> BrokenRules(OptionsSection section, IConfiguration configuration)
    {
        var bound = Activator.CreateInstance(section.Record)!;
        configuration.GetSection(section.Path).Bind(bound);
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(bound, new ValidationContext(bound), results, validateAllProperties: true);
        foreach (var result in results)
        {
            var member = result.MemberNames.FirstOrDefault();
            var value = member is null ? null : section.Record.GetProperty(member)?.GetValue(bound);
            var name = member is null ? section.Path : $"{section.Path}:{member}";
            yield return new SettingFault(name, value is null ? null : Convert.ToString(value, CultureInfo.InvariantCulture), result.ErrorMessage ?? "is not allowed.");
        }
    }

    /// <summary>What a value of the type looks like, in words.</summary>
    internal static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(TimeSpan) => "a duration as hh:mm:ss or d.hh:mm:ss",
        _ when typeof(System.Collections.IEnumerable).IsAssignableFrom(type) => "a list",
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ => $"a {type.Name}",
    };

    /// <summary>Levenshtein distance; names are short and few.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost));
            }
        }
        return row[^1];
    }
}
