namespace Wanwu.Things;

/// <summary>The unit symbols and prefixes of UCUM 2.2 that the platform knows, with their definitions.</summary>
/// <remarks>
/// Symbols, definitions and factors are the facts of the Unified Code for Units of Measure (https://ucum.org), which itself takes them from the
/// SI brochure, the international yard and pound agreement and CODATA. A definition may use only rows above it.
/// Left out are the units of medicine, typesetting and old trades that no sensor speaks.
/// </remarks>
internal static class UcumAtoms
{
    /// <summary>Prefixes, the longer of two that begin alike first.</summary>
    public static readonly (string Code, string Symbol, UcumMagnitude Factor)[] Prefixes =
    [
        ("Ki", "Ki", UcumMagnitude.Of(1L << 10)), ("Mi", "Mi", UcumMagnitude.Of(1L << 20)), ("Gi", "Gi", UcumMagnitude.Of(1L << 30)),
        ("Ti", "Ti", UcumMagnitude.Of(1L << 40)),
        ("da", "da", UcumMagnitude.OfDecimal("1e1")), ("d", "d", UcumMagnitude.OfDecimal("1e-1")),
        ("Y", "Y", UcumMagnitude.OfDecimal("1e24")), ("Z", "Z", UcumMagnitude.OfDecimal("1e21")), ("E", "E", UcumMagnitude.OfDecimal("1e18")),
        ("P", "P", UcumMagnitude.OfDecimal("1e15")), ("T", "T", UcumMagnitude.OfDecimal("1e12")), ("G", "G", UcumMagnitude.OfDecimal("1e9")),
        ("M", "M", UcumMagnitude.OfDecimal("1e6")), ("k", "k", UcumMagnitude.OfDecimal("1e3")), ("h", "h", UcumMagnitude.OfDecimal("1e2")),
        ("c", "c", UcumMagnitude.OfDecimal("1e-2")), ("m", "m", UcumMagnitude.OfDecimal("1e-3")), ("u", "µ", UcumMagnitude.OfDecimal("1e-6")),
        ("n", "n", UcumMagnitude.OfDecimal("1e-9")), ("p", "p", UcumMagnitude.OfDecimal("1e-12")), ("f", "f", UcumMagnitude.OfDecimal("1e-15")),
        ("a", "a", UcumMagnitude.OfDecimal("1e-18")), ("z", "z", UcumMagnitude.OfDecimal("1e-21")), ("y", "y", UcumMagnitude.OfDecimal("1e-24")),
    ];

    /// <summary>
    /// Symbol, factor and definition; a star before the symbol says that it takes prefixes; the last column is how people write it, where that
    /// differs.
    /// </summary>
    private static readonly (string Code, string Factor, string Definition, string? Symbol)[] Rows =
    [
        // Numbers
        ("10*", "10", "1", "10"), ("10^", "10", "1", "10"), ("%", "1", "10*-2", null), ("[ppth]", "1", "10*-3", "‰"),
        ("[ppm]", "1", "10*-6", "ppm"),
        ("[ppb]", "1", "10*-9", "ppb"), ("[pptr]", "1", "10*-12", "ppt"), ("*mol", "6.02214076e23", "1", null), ("[NTU]", "1", "1", "NTU"),
        ("[FNU]", "1", "1", "FNU"),
        // SI, derived
        ("*sr", "1", "rad2", null), ("*Hz", "1", "s-1", null), ("*N", "1", "kg.m/s2", null), ("*Pa", "1", "N/m2", null),
        ("*J", "1", "N.m", null), ("*W", "1", "J/s", null),
        ("*A", "1", "C/s", null), ("*V", "1", "J/C", null), ("*F", "1", "C/V", null), ("*Ohm", "1", "V/A", "Ω"), ("*S", "1", "Ohm-1", null),
        ("*Wb", "1", "V.s", null),
        ("*T", "1", "Wb/m2", null), ("*H", "1", "Wb/A", null), ("*lm", "1", "cd.sr", null), ("*lx", "1", "lm/m2", null),
        ("*Bq", "1", "s-1", null), ("*Gy", "1", "J/kg", null),
        ("*Sv", "1", "J/kg", null), ("*kat", "1", "mol/s", null),
        // Angle, volume, area, time, mass: accepted beside the SI
        ("deg", "2", "[pi].rad/360", "°"), ("gon", "0.9", "deg", null), ("'", "1", "deg/60", "′"), ("''", "1", "'/60", "″"),
        ("circ", "2", "[pi].rad", null), ("sph", "4", "[pi].sr", null),
        ("*l", "1", "dm3", "L"), ("*L", "1", "l", null), ("*ar", "100", "m2", "a"), ("*st", "1", "m3", null), ("*t", "1e3", "kg", null),
        ("min", "60", "s", null), ("h", "60", "min", null), ("d", "24", "h", null), ("wk", "7", "d", null),
        ("a_t", "365.24219", "d", "a"), ("a_j", "365.25", "d", "a"), ("a_g", "365.2425", "d", "a"), ("a", "1", "a_j", null),
        ("mo_s", "29.53059", "d", "mo"), ("mo_j", "1", "a_j/12", "mo"), ("mo_g", "1", "a_g/12", "mo"), ("mo", "1", "mo_j", null),
        // Pressure, force, energy, natural constants used as units
        ("*bar", "1e5", "Pa", null), ("atm", "101325", "Pa", null), ("*[g]", "9.80665", "m/s2", "g"), ("*gf", "1", "g.[g]", null),
        ("att", "1", "kgf/cm2", "at"),
        ("*m[H2O]", "9.80665", "kPa", "mH₂O"), ("*m[Hg]", "133.3220", "kPa", "mHg"), ("*[e]", "1.602176634e-19", "C", "e"),
        ("*eV", "1", "[e].V", null),
        ("*[c]", "299792458", "m/s", "c"), ("*u", "1.66053906660e-24", "g", null), ("AU", "149597.870691", "Mm", "au"),
        ("*pc", "3.085678e16", "m", null),
        ("*cal_IT", "4.1868", "J", "cal"), ("*cal_th", "4.184", "J", "cal"), ("*cal_[15]", "4.18580", "J", "cal"),
        ("*cal_[20]", "4.18190", "J", "cal"), ("*cal", "1", "cal_th", null),
        ("[Cal]", "1", "kcal_th", "Cal"), ("[Btu_IT]", "1.05505585262", "kJ", "Btu"), ("[Btu_th]", "1.054350", "kJ", "Btu"),
        ("[Btu]", "1", "[Btu_th]", "Btu"),
        // CGS, radioactivity, chemistry, textile
        ("*Gal", "1", "cm/s2", null), ("*dyn", "1", "g.cm/s2", null), ("*erg", "1", "dyn.cm", null), ("*P", "1", "dyn.s/cm2", null),
        ("*St", "1", "cm2/s", null),
        ("*Mx", "1e-8", "Wb", null), ("*G", "1e-4", "T", "Gs"), ("*Oe", "250", "/[pi].A/m", null), ("*ph", "1e-4", "lx", null),
        ("*Ky", "1", "cm-1", "K"),
        ("*Ci", "37e9", "Bq", null), ("*R", "2.58e-4", "C/kg", null), ("*RAD", "100", "erg/g", "rad"), ("*REM", "1", "RAD", "rem"),
        ("*eq", "1", "mol", null), ("*osm", "1", "mol", null), ("*g%", "1", "g/dl", null), ("*U", "1", "umol/min", null), ("*mho", "1", "S", null),
        ("Ao", "0.1", "nm", "Å"), ("b", "100", "fm2", null), ("*tex", "1", "g/km", null), ("[den]", "1", "g/9/km", "den"),
        ("[diop]", "1", "/m", "dpt"), ("[drp]", "1", "ml/20", "gtt"),
        // Length, area, volume: international, United States, British
        ("[in_i]", "2.54", "cm", "in"), ("[ft_i]", "12", "[in_i]", "ft"), ("[yd_i]", "3", "[ft_i]", "yd"), ("[mi_i]", "5280", "[ft_i]", "mi"),
        ("[fth_i]", "6", "[ft_i]", "fth"),
        ("[nmi_i]", "1852", "m", "nmi"), ("[kn_i]", "1", "[nmi_i]/h", "kn"), ("[mil_i]", "1e-3", "[in_i]", "mil"),
        ("[sin_i]", "1", "[in_i]2", "in²"), ("[sft_i]", "1", "[ft_i]2", "ft²"), ("[syd_i]", "1", "[yd_i]2", "yd²"),
        ("[cin_i]", "1", "[in_i]3", "in³"), ("[cft_i]", "1", "[ft_i]3", "ft³"), ("[cyd_i]", "1", "[yd_i]3", "yd³"),
        ("[ft_us]", "1200", "m/3937", "ft"), ("[rd_us]", "16.5", "[ft_us]", "rd"), ("[mi_us]", "5280", "[ft_us]", "mi"),
        ("[acr_us]", "160", "[rd_us]2", "acre"), ("[smi_us]", "1", "[mi_us]2", "mi²"),
        ("[gal_us]", "231", "[cin_i]", "gal"), ("[bbl_us]", "42", "[gal_us]", "bbl"), ("[qt_us]", "1", "[gal_us]/4", "qt"),
        ("[pt_us]", "1", "[qt_us]/2", "pt"), ("[foz_us]", "1", "[pt_us]/16", "fl oz"),
        ("[bu_us]", "2150.42", "[cin_i]", "bu"), ("[gal_br]", "4.54609", "l", "gal"), ("[pt_br]", "1", "[gal_br]/8", "pt"),
        ("[foz_br]", "1", "[pt_br]/20", "fl oz"),
        // Mass, force, pressure, power of the same trades
        ("[gr]", "64.79891", "mg", "gr"), ("[lb_av]", "7000", "[gr]", "lb"), ("[oz_av]", "1", "[lb_av]/16", "oz"),
        ("[oz_tr]", "480", "[gr]", "oz t"), ("[ston_av]", "2000", "[lb_av]", "short ton"),
        ("[lton_av]", "2240", "[lb_av]", "long ton"), ("[stone_av]", "14", "[lb_av]", "st"), ("[car_m]", "0.2", "g", "ct"),
        ("[lbf_av]", "1", "[lb_av].[g]", "lbf"), ("[psi]", "1", "[lbf_av]/[in_i]2", "psi"),
        ("[in_i'H2O]", "1", "m[H2O].[in_i]/m", "inH₂O"), ("[in_i'Hg]", "1", "m[Hg].[in_i]/m", "inHg"),
        ("[HP]", "550", "[ft_i].[lbf_av]/s", "hp"), ("[degR]", "5", "K/9", "°R"),
        // Information
        ("*bit", "1", "1", null), ("*By", "8", "bit", "B"), ("*Bd", "1", "/s", null),
    ];

    /// <summary>Scales with a zero of their own: kelvins of one step, over a divisor, and kelvins at zero.</summary>
    private static readonly TemperatureScale[] TemperatureScales =
    [
        new("Cel", "°C", true, 1, 1, new(27_315, 100)),
        new("[degF]", "°F", false, 5, 9, new(45_967, 180)),
        new("[degRe]", "°Ré", false, 5, 4, new(27_315, 100)),
    ];

    private readonly record struct TemperatureScale(string Code, string Symbol, bool IsMetric, int Step, int StepDivisor, UcumOffset Zero);

    /// <summary>Logarithms: no factor leads from them to a linear unit.</summary>
    private static readonly (string Code, string Symbol, bool IsMetric)[] Levels =
    [
        ("Np", "Np", true), ("B", "B", true), ("B[SPL]", "B SPL", true), ("B[V]", "BV", true), ("B[mV]", "BmV", true), ("B[uV]", "BµV", true),
        ("B[W]", "BW", true), ("B[kW]", "BkW", true), ("[pH]", "pH", false),
    ];

    private static readonly Dictionary<string, UcumAtom> ByCode = Load();
    /// <summary>Atoms by code.</summary>
    public static readonly Dictionary<string, UcumAtom>.AlternateLookup<ReadOnlySpan<char>> Lookup = ByCode.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Every atom, in the order of the tables.</summary>
    public static IEnumerable<UcumAtom> All => ByCode.Values;

    private static Dictionary<string, UcumAtom> Load()
    {
        var atoms = new Dictionary<string, UcumAtom>(StringComparer.Ordinal);
        foreach (var name in UcumDimension.BaseNames)
        {
            var isMetric = name is not ['[', ..] || name == "[iU]";
            Add(new UcumAtom(name, name.Trim('[', ']'), isMetric, UcumMagnitude.One, UcumDimension.OfBase(name), null));
        }
        Add(new UcumAtom("[pi]", "π", false, UcumMagnitude.OfPi, UcumDimension.None, null));
        foreach (var (code, factor, definition, symbol) in Rows) Add(Derive(atoms, code.TrimStart('*'), code[0] == '*', factor, definition, symbol));
        foreach (var scale in TemperatureScales)
        {
            UcumMagnitude.Of(scale.Step).TryMultiply(UcumMagnitude.Of(scale.StepDivisor), -1, out var step);
            Add(new UcumAtom(scale.Code, scale.Symbol, scale.IsMetric, step, UcumDimension.OfBase("K"), new UcumScale(scale.Code, scale.Zero)));
        }
        foreach (var (code, symbol, isMetric) in Levels)
            Add(new UcumAtom(code, symbol, isMetric, UcumMagnitude.One, UcumDimension.None, new UcumScale(code, null)));
        return atoms;

        void Add(UcumAtom atom) => atoms.Add(atom.Code, atom);
    }

    private static UcumAtom Derive(Dictionary<string, UcumAtom> atoms, string code, bool isMetric, string factor, string definition, string? symbol)
    {
        var lookup = atoms.GetAlternateLookup<ReadOnlySpan<char>>();
        var parser = new UcumParser(definition, lookup);
        if (!parser.TryParse(out var term, out var fault) || !term.Magnitude.TryMultiply(UcumMagnitude.OfDecimal(factor), 1, out var magnitude))
            throw new InvalidOperationException($"The definition of {code} is wrong: {fault}");
        return new UcumAtom(code, symbol ?? code, isMetric, magnitude, term.Dimension, null);
    }
}
