using System.Text;

namespace Wanwu.Things.Tests;

/// <summary>Holds the tables of docs/vocabulary.md to the code. With WANWU_UPDATE_DOCS=1 it writes them.</summary>
public sealed class VocabularyDocumentTests
{
    private static readonly string File = RepositoryFiles.PathOf("docs", "vocabulary.md");

    public static TheoryData<string> Blocks => ["qualities", "identifiers", "units", "spellings"];

    [Theory, MemberData(nameof(Blocks))]
    public void Table_in_the_document_is_the_table_in_the_code(string block)
    {
        var text = System.IO.File.ReadAllText(File);
        var (begin, end) = ($"<!-- begin {block} -->\n", $"<!-- end {block} -->");
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"docs/vocabulary.md has no marks for {block}.");
        var table = Table(block);
        if (Environment.GetEnvironmentVariable("WANWU_UPDATE_DOCS") == "1") System.IO.File.WriteAllText(File, text[..from] + table + text[to..]);
        else Assert.True(text[from..to] == table, "docs/vocabulary.md is stale: run the tests with WANWU_UPDATE_DOCS=1.");
    }

    private static string Table(string block) => block switch
    {
        "qualities" => Rows("| quality | number on disk |", Enum.GetValues<Quality>().Select(static q => $"| `{QualityNames.NameOf(q)}` | {(int)q} |")),
        "identifiers" => Rows("| scheme | 繁體中文 | 简体中文 | English | canonical form | example | standard |", IdentifierSchemes.All.Select(static s =>
            $"| `{s.Name}` | {s.Title.TraditionalChinese} | {s.Title.SimplifiedChinese} | {s.Title.English} | {s.Form} | `{s.Example}` | {s.Standard} |")),
        "units" => Units(),
        _ => Rows("| UCUM | also read |", UnitAliases.All.Where(static a => a.Spelling != a.Ucum).GroupBy(static a => a.Ucum)
            .Select(static g => $"| `{g.Key}` | {string.Join(' ', g.Select(static a => $"`{a.Spelling}`"))} |")),
    };

    private static string Units()
    {
        var metric = UcumUnit.KnownSymbols.Where(static s => s.IsMetric).Select(static s => $"`{s.Code}`");
        var other = UcumUnit.KnownSymbols.Where(static s => !s.IsMetric).Select(static s => $"`{s.Code}`");
        return Rows("| | symbols |",
            [$"| with prefixes | {string.Join(' ', metric)} |", $"| without | {string.Join(' ', other)} |", $"| prefixes | {string.Join(' ', UcumUnit.KnownPrefixes.Select(static p => $"`{p}`"))} |"]);
    }

    private static string Rows(string head, IEnumerable<string> rows)
    {
        var text = new StringBuilder(head).Append('\n').Append('|').Insert(head.Length + 2, "---|", head.Count(static c => c == '|') - 1).Append('\n');
        foreach (var row in rows) text.Append(row).Append('\n');
        return text.ToString();
    }
}
