using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Wanwu.Console.Language;

namespace Wanwu.Tests.Console;

/// <summary>The console speaks three languages, whole and in its own words.</summary>
public sealed partial class WordsTests
{
    private static readonly string Folder = Repository.File("src", "Wanwu", "Console");
    private static readonly Dictionary<string, Dictionary<string, string>> Languages = new()
    {
        ["en"] = Read("Words.resx"), ["zh-Hans"] = Read("Words.zh-Hans.resx"), ["zh-Hant"] = Read("Words.zh-Hant.resx"),
    };

    // Keys made at run time of one of these and a name: a state, a reason, a role.
    private static readonly string[] Families = ["lifecycle.", "quality.", "reason.", "role.", "permission.", "grantFault.", "dataClass.", "legalBasis.", "accessReason.", "kind.", "period.", "thingTab.", "signIn.", "column.", "clientState.", "callerKind.", "step.", "publisher.", "check.", "correctTitle.", "sqlExample.", "storageBy.", "expiryKind.", "auditResult.", "auditDoor.", "auditWho.", "auditType.", "auditVerb.", "importState.", "personState.", "invitationState.", "certificateState.", "revocation.", "requestFault.", "issueFault.", "bindingFault.", "personalFault.", "keyFault.", "erasurePlace.", "erasureStep.", "erasureState.", "erasureLimit.", "eraseFault."];

    // Names that are the same in every language.
    private static readonly HashSet<string> Names = ["MQTT", "HTTP", "JSON", "http", "CSV", "Ctrl K", "WGS-84", "· WGS-84", "Cel", "SQL", "NDJSON", "Arrow", "Parquet", "Ctrl ⏎"];

    public static TheoryData<string> Codes => [.. Languages.Keys];
    public static TheoryData<string> Components => [.. Directory.EnumerateFiles(Folder, "*.razor", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file))];

    private static Dictionary<string, string> Read(string file) => XDocument.Load(Path.Combine(Repository.File("src", "Wanwu", "Console", "Language"), file))
        .Root!.Elements("data").ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value);

    [Theory, MemberData(nameof(Codes))]
    public void Every_language_says_everything(string code)
    {
        Assert.Equal(Languages["en"].Keys.Order(StringComparer.Ordinal), Languages[code].Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Languages[code], text => string.IsNullOrWhiteSpace(text.Value));
    }

    [Theory, MemberData(nameof(Codes))]
    public void Every_language_fills_in_the_same_values(string code)
    {
        foreach (var (key, text) in Languages["en"])
            Assert.True(Holes(text).SetEquals(Holes(Languages[code][key])), $"{key}: '{text}' and '{Languages[code][key]}' have not the same places to fill in.");
    }

    private static HashSet<string> Holes(string text) => [.. Hole().Matches(text).Select(match => match.Value)];

    [Fact]
    public void The_scripts_are_not_mixed()
    {
        const string onlyTraditional = "資軟體網裝數據訊設這個時會為從與們應開關連", onlySimplified = "资软体网装数据讯设这个时会为从与们应开关连";
        var pairs = onlyTraditional.Zip(onlySimplified).Where(pair => pair.First != pair.Second).ToList();
        foreach (var (key, text) in Languages["zh-Hans"]) Assert.False(pairs.Any(pair => text.Contains(pair.First, StringComparison.Ordinal)), $"{key}: '{text}' has a traditional character.");
        foreach (var (key, text) in Languages["zh-Hant"]) Assert.False(pairs.Any(pair => text.Contains(pair.Second, StringComparison.Ordinal)), $"{key}: '{text}' has a simplified character.");
    }

    [Fact]
    public void What_the_pages_ask_for_is_there_and_nothing_else_is()
    {
        var sources = Directory.EnumerateFiles(Folder, "*.*", SearchOption.AllDirectories).Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal));
        var asked = sources.SelectMany(file => Key().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet();
        foreach (var (family, name) in Languages["en"].Keys.Select(key => (key[..(key.IndexOf('.', StringComparison.Ordinal) + 1)], key)))
            Assert.True(asked.Contains(name) || Families.Contains(family), $"No page asks for '{name}'.");
        var families = Languages["en"].Keys.Select(key => key[..(key.IndexOf('.', StringComparison.Ordinal) + 1)]).ToHashSet();
        foreach (var key in asked.Where(key => families.Contains(key[..(key.IndexOf('.', StringComparison.Ordinal) + 1)])))
            Assert.True(Languages["en"].ContainsKey(key), $"'{key}' is asked for and not there.");
    }

    [Theory, MemberData(nameof(Components))]
    public void No_page_says_a_word_of_its_own(string component)
    {
        var markup = File.ReadAllText(Path.Combine(Folder, component)).Split("\n@code")[0];
        markup = Comment().Replace(markup, "");
        var spoken = Text().Matches(markup).Concat(Label().Matches(markup)).Select(match => match.Groups[1].Value.Trim()).Where(text => text.Any(char.IsLetter));
        Assert.DoesNotContain(spoken, text => !Names.Contains(text) && !text.Contains('@', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("zh-TW", "zh-Hant")]
    [InlineData("zh-HK", "zh-Hant")]
    [InlineData("zh-Hant-CN", "zh-Hant")]
    [InlineData("zh", "zh-Hans")]
    [InlineData("zh-CN", "zh-Hans")]
    [InlineData("en-GB", "en")]
    [InlineData("fr", "en")]
    [InlineData("fr, zh-TW;q=0.8, en;q=0.5", "zh-Hant")]
    public void A_browser_s_languages_choose_ours(string accepted, string expected)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.AcceptLanguage = accepted;
        Assert.Equal(expected, Preferences.Choose(http.Request)?.UICultures[0].Value ?? "en");
    }

    [GeneratedRegex(@"\{\d")]
    private static partial Regex Hole();

    [GeneratedRegex("\"([a-z][A-Za-z]*\\.[A-Za-z0-9]+)\"")]
    private static partial Regex Key();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comment();

    // Between two tags on one line, without a Razor expression in it.
    [GeneratedRegex("(?<=[a-z\"/])>([^<>{}()@;\n]*)</")]
    private static partial Regex Text();

    [GeneratedRegex("(?:aria-label|title|placeholder|alt)=\"([^\"@]+)\"")]
    private static partial Regex Label();
}
