namespace Wanwu.Things;

/// <summary>The tables behind <see cref="UnitAliases"/>.</summary>
internal static class UnitSpellings
{
    /// <summary>
    /// What devices, data sheets and people write. A spelling that is a UCUM code already is here only when it means something else in the field.
    /// </summary>
    public static readonly (string Spelling, string Ucum)[] Plain =
    [
        // Temperature
        ("℃", "Cel"), ("°C", "Cel"), ("ºC", "Cel"), ("C", "Cel"), ("degC", "Cel"), ("deg C", "Cel"), ("celsius", "Cel"),
        ("degree celsius", "Cel"), ("摄氏度", "Cel"), ("攝氏度", "Cel"),
        ("℉", "[degF]"), ("°F", "[degF]"), ("degF", "[degF]"), ("fahrenheit", "[degF]"), ("kelvin", "K"), ("°K", "K"),
        // Ratio and count
        ("%RH", "%"), ("RH%", "%"), ("%rh", "%"), ("percent", "%"), ("pct", "%"), ("%vol", "%"), ("%VOL", "%"), ("%LEL", "%{LEL}"),
        ("LEL%", "%{LEL}"), ("％", "%"), ("‰", "[ppth]"),
        ("ppm", "[ppm]"), ("ppb", "[ppb]"), ("ppt", "[pptr]"), ("count", "{count}"), ("counts", "{count}"), ("pcs", "{count}"), ("个", "{count}"),
        ("個", "{count}"), ("次", "{count}"),
        // Concentration
        ("ug/m3", "ug/m3"), ("µg/m³", "ug/m3"), ("ug/m^3", "ug/m3"), ("mcg/m3", "ug/m3"), ("mg/Nm3", "mg/m3{normal}"),
        ("mg/Nm³", "mg/m3{normal}"), ("ug/Nm3", "ug/m3{normal}"),
        ("Nm3", "m3{normal}"), ("Nm3/h", "m3/h{normal}"), ("Nm³/h", "m3/h{normal}"), ("NTU", "[NTU]"), ("FNU", "[FNU]"), ("FTU", "[FNU]"),
        ("pH", "[pH]"), ("PH", "[pH]"), ("ph", "[pH]"), ("CFU/mL", "[CFU]/mL"),
        ("mgL", "mg/L"), ("pcs/L", "{count}/L"),
        // Pressure
        ("hpa", "hPa"), ("mbar", "mbar"), ("millibar", "mbar"), ("mmHg", "mm[Hg]"), ("inHg", "[in_i'Hg]"), ("mmH2O", "mm[H2O]"),
        ("mH2O", "m[H2O]"), ("psi", "[psi]"), ("PSI", "[psi]"), ("kgf/cm2", "kgf/cm2"),
        ("mpa", "MPa"), ("kpa", "kPa"),
        // Energy and power
        ("kWh", "kW.h"), ("KWH", "kW.h"), ("Wh", "W.h"), ("MWh", "MW.h"), ("GWh", "GW.h"), ("度电", "kW.h"), ("度電", "kW.h"), ("Ah", "A.h"),
        ("mAh", "mA.h"), ("VA", "V.A"), ("kVA", "kV.A"), ("MVA", "MV.A"), ("kVAh", "kV.A.h"),
        ("var", "V.A{reactive}"), ("Var", "V.A{reactive}"), ("kvar", "kV.A{reactive}"), ("kVar", "kV.A{reactive}"), ("Mvar", "MV.A{reactive}"),
        ("varh", "V.A.h{reactive}"), ("kvarh", "kV.A.h{reactive}"),
        ("hp", "[HP]"), ("BTU", "[Btu_IT]"), ("watt", "W"), ("volt", "V"), ("ampere", "A"), ("amp", "A"), ("ohm", "Ohm"), ("Ω", "Ohm"),
        ("kΩ", "kOhm"), ("joule", "J"),
        // Speed, flow, volume, area, length, mass
        ("kmh", "km/h"), ("kph", "km/h"), ("km/hr", "km/h"), ("mph", "[mi_i]/h"), ("kn", "[kn_i]"), ("knot", "[kn_i]"), ("ms-1", "m/s"),
        ("mps", "m/s"),
        ("m3/hr", "m3/h"), ("CMH", "m3/h"), ("LPM", "L/min"), ("lpm", "L/min"), ("l/min", "L/min"), ("GPM", "[gal_us]/min"),
        ("CFM", "[cft_i]/min"), ("litre", "L"), ("liter", "L"), ("ltr", "L"), ("㎡", "m2"), ("㎥", "m3"), ("sqm", "m2"), ("cum", "m3"),
        ("ha", "har"), ("hectare", "har"), ("亩", "(2000/3).m2"), ("畝", "(2000/3).m2"), ("in", "[in_i]"), ("inch", "[in_i]"), ("ft", "[ft_i]"),
        ("yd", "[yd_i]"), ("mi", "[mi_i]"), ("mile", "[mi_i]"), ("nmi", "[nmi_i]"),
        ("gal", "[gal_us]"), ("lb", "[lb_av]"), ("lbs", "[lb_av]"), ("oz", "[oz_av]"), ("ton", "t"), ("tonne", "t"), ("吨", "t"), ("噸", "t"),
        ("kilogram", "kg"), ("公斤", "kg"), ("米", "m"), ("毫米", "mm"), ("mm/hr", "mm/h"),
        // Angle, light, sound, radiation, rotation
        ("°", "deg"), ("degree", "deg"), ("degrees", "deg"), ("lux", "lx"), ("Lux", "lx"), ("dBA", "dB[SPL]{A}"), ("dB(A)", "dB[SPL]{A}"),
        ("dBm", "dB{mW}"), ("dBW", "dB[W]"), ("uSv/hr", "uSv/h"), ("nGy/hr", "nGy/h"),
        ("rpm", "{rev}/min"), ("RPM", "{rev}/min"), ("r/min", "{rev}/min"), ("umol/m2/s", "umol/m2/s"),
        // Time and information
        ("sec", "s"), ("second", "s"), ("seconds", "s"), ("秒", "s"), ("minute", "min"), ("minutes", "min"), ("分", "min"), ("分钟", "min"),
        ("分鐘", "min"), ("hr", "h"), ("hour", "h"), ("hours", "h"), ("小时", "h"), ("小時", "h"), ("day", "d"), ("days", "d"), ("天", "d"),
        ("week", "wk"), ("month", "mo"), ("year", "a"), ("yr", "a"), ("byte", "By"), ("bytes", "By"), ("KB", "kBy"), ("kB", "kBy"),
        ("MB", "MBy"), ("GB", "GBy"), ("KiB", "KiBy"), ("MiB", "MiBy"), ("GiB", "GiBy"), ("bps", "bit/s"), ("kbps", "kbit/s"),
        ("Mbps", "Mbit/s"),
        ("hz", "Hz"), ("khz", "kHz"),
    ];

    /// <summary>SenML units (RFC 8428 §12.1, RFC 8798 §3 and §4) whose symbol is no UCUM code, or another one there.</summary>
    public static readonly (string Spelling, string Ucum)[] SenMl =
    [
        ("C", "C"), ("pH", "[pH]"), ("%RH", "%"), ("%EL", "%{EL}"), ("EL", "s{EL}"), ("/", "1"), ("count", "{count}"),
        ("beat/min", "{beat}/min"), ("beats", "{beat}"), ("lat", "deg{lat}"), ("lon", "deg{lon}"),
        ("dBW", "dB[W]"), ("Bspl", "B[SPL]"), ("B", "By"), ("VA", "V.A"), ("VAs", "V.A.s"), ("var", "V.A{reactive}"),
        ("vars", "V.A.s{reactive}"), ("NTU", "[NTU]"),
        ("kVA", "kV.A"), ("kvar", "kV.A{reactive}"), ("Ah", "A.h"), ("Wh", "W.h"), ("kWh", "kW.h"), ("varh", "V.A.h{reactive}"),
        ("kvarh", "kV.A.h{reactive}"), ("kVAh", "kV.A.h"), ("Wh/km", "W.h/km"),
        ("KiB", "KiBy"), ("GB", "GBy"), ("B/s", "By/s"), ("MB/s", "MBy/s"), ("dBm", "dB{mW}"), ("ppm", "[ppm]"), ("/100", "%"),
        ("/1000", "[ppth]"), ("ft", "[ft_i]"), ("NM", "[nmi_i]"),
    ];
}
