using System.Text;

namespace Wanwu.Simulator.Recordings;

/// <summary>One line of a CSV file cut into its fields (RFC 4180 without line breaks inside fields).</summary>
internal static class CsvLine
{
    public static List<string> Split(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"') field.Append(line[i++]);
            else if (c == '"') quoted = !quoted;
            else if (c == ',' && !quoted) TakeField(fields, field);
            else field.Append(c);
        }
        TakeField(fields, field);
        return fields;
    }

    private static void TakeField(List<string> fields, StringBuilder field)
    {
        fields.Add(field.ToString().Trim());
        field.Clear();
    }
}
