namespace Wanwu.Things;

/// <summary>How people write units whose code says it in another way.</summary>
internal static class UnitSymbols
{
    private static readonly Dictionary<string, string> ByCode = new(StringComparer.Ordinal)
    {
        ["1"] = "", ["(2000/3).m2"] = "畝", ["V.A"] = "VA", ["kV.A"] = "kVA", ["MV.A"] = "MVA", ["V.A{reactive}"] = "var",
        ["kV.A{reactive}"] = "kvar", ["MV.A{reactive}"] = "Mvar", ["V.A.h{reactive}"] = "var·h", ["kV.A.h{reactive}"] = "kvar·h",
        ["kV.A.h"] = "kVA·h", ["har"] = "ha", ["dB[SPL]"] = "dB", ["dB[SPL]{A}"] = "dB(A)", ["dB{mW}"] = "dBm",
        ["dB[W]"] = "dBW", ["mm[Hg]"] = "mmHg", ["mm[H2O]"] = "mmH₂O", ["deg{lat}"] = "° lat", ["deg{lon}"] = "° lon",
    };

    public static string Of(string code, string symbol) => ByCode.GetValueOrDefault(code, symbol);
}
