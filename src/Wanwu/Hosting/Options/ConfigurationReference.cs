using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Wanwu.Hosting.Options;

/// <summary>Writes <c>docs/configuration.md</c> from the options records: names, types, defaults, rules and what the XML comments say.</summary>
internal static partial class ConfigurationReference
{
    public static string Write(OptionsCatalogue catalogue, XDocument comments)
    {
        var text = new StringBuilder();
        text.Append("""
            # Configuration

            This page is made from the options records in the code; `./test` fails when it is stale (`WANWU_UPDATE_DOCS=1 ./test unit` writes it anew).

            A setting is looked for in this order; the last one found counts:

            1. its default below,
            2. `appsettings.json` beside the program, then `appsettings.json` in the working directory,
            3. the environment: `Wanwu__Connect__Mqtt__Port=1884`,
            4. the command line: `--Connect:Mqtt:Port=1884`.

            A value that breaks its rule stops the start: every fault is printed with the setting's name, the value and the rule, and the exit code is 3.
            A name that does not exist is a fault too.


            """);
        foreach (var section in catalogue.Sections.OrderBy(section => section.Path, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"## {section.Path}\n\n{Comment(comments, $"T:{section.Record.FullName}")}\n\n");
            text.Append("| setting | type | default | rule | meaning |\n|---|---|---|---|---|\n");
            var defaults = Activator.CreateInstance(section.Record)!;
            foreach (var property in SettingsCheck.SettingsOf(section.Record))
                text.Append(Row(section, property, property.GetValue(defaults), comments));
            text.Append('\n');
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Row(OptionsSection section, PropertyInfo property, object? value, XDocument comments)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var kind = type == typeof(string) ? "text" : SettingsCheck.Describe(type);
        var meaning = Comment(comments, $"P:{section.Record.FullName}.{property.Name}");
        return $"| `{section.Path}:{property.Name}` | {kind} | {Default(value)} | {Rule(property)} | {meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n";
    }

    private static string Default(object? value) => value switch
    {
        null or "" => "–",
        bool boolean => boolean ? "`true`" : "`false`",
        string text => $"`{text}`",
        System.Collections.IEnumerable => "–",
        _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
    };

    private static string Rule(PropertyInfo property)
    {
        var rules = new List<string>();
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            rules.Add(string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"));
        if (property.GetCustomAttribute<RequiredAttribute>() is not null) rules.Add("not empty");
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern) rules.Add($"matches `{pattern.Pattern}`");
        return rules.Count == 0 ? "–" : string.Join("; ", rules);
    }

    private static string Comment(XDocument comments, string member)
    {
        var summary = comments.Descendants("member").FirstOrDefault(element => (string?)element.Attribute("name") == member)?.Element("summary");
        if (summary is null) return "–";
        foreach (var code in summary.Elements("c").ToList()) code.ReplaceWith($"`{code.Value}`");
        foreach (var reference in summary.Elements("see").ToList()) reference.ReplaceWith($"`{((string?)reference.Attribute("cref"))?.Split('.')[^1]}`");
        return Blanks().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
