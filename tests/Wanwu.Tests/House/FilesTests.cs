using System.Text.RegularExpressions;

namespace Wanwu.Tests.House;

/// <summary>What every file of the repository holds to.</summary>
public sealed partial class FilesTests
{
    private const int SourceLines = 600, TestAndDataLines = 900;

    private static IEnumerable<string> Sources(params string[] patterns) => patterns
        .SelectMany(pattern => new[] { "src", "tests", "bench" }
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)))
        .Where(file => !Generated().IsMatch(file));

    [Fact]
    public void No_file_outgrows_its_bound()
    {
        var tooLong = from file in Sources("*.cs", "*.razor")
                      let relative = Path.GetRelativePath(Repository.Root, file)
                      let bound = relative.StartsWith("src", StringComparison.Ordinal) && !relative.EndsWith("Table.cs", StringComparison.Ordinal) ? SourceLines : TestAndDataLines
                      let lines = File.ReadLines(file).Count()
                      where lines > bound
                      select $"{relative}: {lines} lines, {bound} allowed";
        Assert.Equal([], tooLong);
    }

    [Fact]
    public void No_name_hides_what_a_type_does()
    {
        var vague = from file in Sources("*.cs")
                    where file.Contains(Path.DirectorySeparatorChar + "src" + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                    from Match match in VagueName().Matches(File.ReadAllText(file))
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {match.Value}";
        Assert.Equal([], vague);
    }

    /// <summary>The host ends a server whose background service throws.</summary>
    [Fact]
    public void Every_background_service_outlives_its_faults()
    {
        var mortal = from file in Sources("*.cs")
                     where file.Contains(Path.DirectorySeparatorChar + "src" + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                     let text = File.ReadAllText(file)
                     where text.Contains("Task ExecuteAsync(CancellationToken", StringComparison.Ordinal) && !text.Contains("Lasting.RunAsync(", StringComparison.Ordinal)
                     select Path.GetRelativePath(Repository.Root, file);
        Assert.Equal([], mortal);
    }

    [Fact]
    public void Nothing_unfinished_is_left_behind()
    {
        var mark = new Regex(@"\b(" + "TO" + "DO|FIX" + "ME|HA" + @"CK)\b|NotImplemented" + "Exception", RegexOptions.CultureInvariant);
        var marks = from file in Sources("*.cs", "*.razor", "*.js", "*.css", "*.sh")
                    from line in File.ReadLines(file).Select((text, index) => (text, Number: index + 1))
                    where mark.IsMatch(line.text)
                    select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Number}";
        Assert.Equal([], marks);
    }

    [Fact]
    public void Every_log_message_has_an_id_of_its_own()
    {
        var twice = from file in Sources("*.cs")
                    from Match match in LogMessage().Matches(File.ReadAllText(file))
                    group Path.GetRelativePath(Repository.Root, file) by match.Groups[1].Value into same
                    where same.Count() > 1
                    select $"{same.Key}: {string.Join(", ", same)}";
        Assert.Equal([], twice);
    }

    [GeneratedRegex(@"\[LoggerMessage\((\d+),")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"[/\\](bin|obj|node_modules|Migrations|lib)[/\\]")]
    private static partial Regex Generated();

    [GeneratedRegex(@"\b(class|record|struct|interface) \w*(Manager|Helper|Utils|Impl|Dto|Common)\b")]
    private static partial Regex VagueName();
}
