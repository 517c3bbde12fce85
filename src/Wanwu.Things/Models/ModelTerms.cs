namespace Wanwu.Things;

/// <summary>The terms of a thing model document that the platform gives a meaning of its own.</summary>
public static class ModelTerms
{
    /// <summary>Media type of a thing model (TD 1.1 §9).</summary>
    public const string MediaType = "application/tm+json";
    /// <summary>The <c>@context</c> of TD 1.1, the first of the document.</summary>
    public const string Context = "https://www.w3.org/2022/wot/td/v1.1";
    /// <summary>The context of TD 1.0, still found.</summary>
    public const string OldContext = "https://www.w3.org/2019/wot/td/v1";
    /// <summary>The <c>@type</c> by which a document is a thing model (§9.2).</summary>
    public const string Type = "tm:ThingModel";
    /// <summary>The platform's own vocabulary, for what WoT has no term for.</summary>
    public const string Vocabulary = "urn:wanwu:td#";
    /// <summary>The prefix under which documents name <see cref="Vocabulary"/> when their context does not say another.</summary>
    public const string Prefix = "wanwu";

    /// <summary>Seconds between two reports of a property in normal operation.</summary>
    public const string ReportEvery = "reportEvery";
    /// <summary>Smallest change of a property, in its unit, that means anything.</summary>
    public const string Tolerance = "tolerance";
    /// <summary>How many digits of a number mean anything, 1 to 17.</summary>
    public const string SignificantDigits = "significantDigits";
    /// <summary>True for a number that only grows, as a meter reading does.</summary>
    public const string Counter = "counter";
    /// <summary>True for a value that says something of a person.</summary>
    public const string Personal = "personal";
    /// <summary>True for a personal value that needs separate consent (PIPL art. 28): health, biometrics, whereabouts, religion, accounts, children. Says <see cref="Personal"/> as well.</summary>
    public const string Sensitive = "sensitive";
    /// <summary>How much harm values do in the wrong hands (<see cref="Wanwu.Things.DataClass"/>); on a model for all its properties. The higher of the two holds.</summary>
    public const string DataClass = "dataClass";
    /// <summary>How values look to whoever may not see them in clear: <see cref="Masking"/>.</summary>
    public const string Mask = "mask";
    /// <summary>Which values of a property are plausible: <see cref="PlausibleRange"/>.</summary>
    public const string Range = "range";
    /// <summary>How fast a property can change: <see cref="PlausibleRate"/>.</summary>
    public const string Rate = "rate";
    /// <summary>How long a property can stay the same: <see cref="StuckRule"/>.</summary>
    public const string Stuck = "stuck";
    /// <summary>How far a value can be from those before it: <see cref="SpikeRule"/>.</summary>
    public const string Spike = "spike";
    /// <summary>The field of work that a model belongs to, as <c>environment</c>.</summary>
    public const string Sector = "sector";
    /// <summary>The <c>@type</c>, after the prefix, by which an object is a place on WGS-84.</summary>
    public const string Point = "Point";
}
