using System.Text;
using Wanwu.Connect.Imports;

namespace Wanwu.Tests.Connect.Imports;

/// <summary>Tables as the field writes them, cut by every fault they may have.</summary>
public sealed class CsvRecordsTests
{
    private static List<string> Read(string text, char delimiter = ',')
    {
        var lines = new CsvRecords(new MemoryStream(Encoding.UTF8.GetBytes(text)), (byte)delimiter);
        lines.Seek(0, 1);
        var read = new List<string>();
        while (lines.Read())
            read.Add($"{lines.Line}:{(lines.Fault == RecordFault.None ? string.Join('|', Enumerable.Range(0, lines.Count).Select(i => Encoding.UTF8.GetString(lines[i]))) : lines.Fault)}");
        return read;
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "1:a|b", "2:1|2")]
    [InlineData("a,b\r\n1,2\r\n", "1:a|b", "2:1|2")]
    [InlineData("a,b\n1,2", "1:a|b", "2:1|2")]
    [InlineData("a,b\n\n\n1,2\n\n", "1:a|b", "4:1|2")]
    [InlineData("a\n\"1,\n2\"\n3\n", "1:a", "2:1,\n2", "4:3")]
    [InlineData("\"a\"\"b\",\"\"\n", "1:a\"b|")]
    [InlineData("\"a\",\"b\"\r\n\"c\",\"d\"\r\n", "1:a|b", "2:c|d")]
    [InlineData("a,\n,b\n,\n", "1:a|", "2:|b", "3:|")]
    [InlineData("a\"b,c\n", "1:a\"b|c")]
    [InlineData("\"a\"b,c\nd,e\n", "1:BrokenQuotes", "2:d|e")]
    [InlineData("a,\"b\nc,d\n", "1:TooLong", "2:c|d")]
    [InlineData("", new string[0])]
    [InlineData("\n\n", new string[0])]
    public void Fields_are_cut_as_RFC_4180_says_and_a_broken_line_costs_itself_alone(string text, params string[] expected) => Assert.Equal(expected, Read(text));

    [Fact]
    public void A_line_beyond_the_bounds_is_refused_and_reading_goes_on_behind_it()
    {
        var longest = new string('x', CsvRecords.MaxRecord + 5);
        Assert.Equal(["1:a", "2:TooLong", "3:b"], Read($"a\n{longest}\nb\n"));
        Assert.Equal(["1:a", "2:TooManyFields", "3:b"], Read($"a\n{new string(',', CsvRecords.MaxFields)}\nb\n"));
        Assert.Equal(["1:TooLong"], Read('"' + longest));
    }

    [Fact]
    public void Reading_goes_on_from_any_position_as_if_it_had_never_stopped()
    {
        var random = new Random(7);
        var text = new StringBuilder("h1,h2\n");
        for (var i = 0; i < 20_000; i++) text.Append(i % 7 == 0 ? $"\"q\"\"{i}\nx\",{i}\r\n" : $"{i},{new string('y', random.Next(200))}\n");
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        var lines = new CsvRecords(new MemoryStream(bytes), (byte)',');
        lines.Seek(0, 1);
        var at = new List<(long Position, long Line, string Next)>();
        for (var (position, line) = (lines.Position, lines.NextLine); lines.Read(); (position, line) = (lines.Position, lines.NextLine))
            at.Add((position, line, Encoding.UTF8.GetString(lines.Raw)));
        Assert.Equal(20_001, at.Count);
        foreach (var (position, line, next) in at.Where(_ => random.Next(500) == 0))
        {
            var again = new CsvRecords(new MemoryStream(bytes), (byte)',');
            again.Seek(position, line);
            Assert.True(again.Read());
            Assert.Equal((next, line), (Encoding.UTF8.GetString(again.Raw), again.Line));
        }
    }

    [Fact]
    public void No_bytes_whatever_make_it_throw_or_stand_still()
    {
        var random = new Random(11);
        var alphabet = "\",\n\r;ab\0\u00FF"u8.ToArray();
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = new byte[random.Next(200)];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = alphabet[random.Next(alphabet.Length)];
            var lines = new CsvRecords(new MemoryStream(bytes), (byte)',');
            lines.Seek(0, 1);
            for (var last = -1L; lines.Read(); last = lines.Position)
            {
                Assert.True(lines.Position > last);
                for (var i = 0; i <= lines.Count; i++) _ = lines[i].Length;
            }
            Assert.Equal(bytes.Length, lines.Position);
        }
    }
}
