using System.Globalization;
using System.Text;
using QRCoder;

namespace Wanwu.Console.People;

/// <summary>A text as a QR code, as the path of an SVG: one rectangle for each run of dark modules in a row.</summary>
internal static class QrPicture
{
    /// <returns>What stands in <c>viewBox</c>, and what in <c>d</c>.</returns>
    public static (string ViewBox, string Path) Of(string text)
    {
        // The generator lays the quiet zone of four modules around it.
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = data.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
            for (var x = 0; x < rows[y].Count; x++)
            {
                if (!rows[y][x]) continue;
                var from = x;
                while (x < rows[y].Count && rows[y][x]) x++;
                path.Append(CultureInfo.InvariantCulture, $"M{from} {y}h{x - from}v1h{from - x}z");
            }
        return (string.Create(CultureInfo.InvariantCulture, $"0 0 {rows.Count} {rows.Count}"), path.ToString());
    }
}
