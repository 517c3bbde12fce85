using System.Diagnostics.CodeAnalysis;

namespace Wanwu.Things;

/// <summary>How much harm it does when a value gets to whom it is not meant for (Data Security Law art. 21, GB/T 43697-2024). A higher number is a higher class; numbers are stored.</summary>
public enum DataClass : byte
{
    /// <summary>May be published.</summary>
    Public,
    /// <summary>General data of the organisation: what nothing is said of.</summary>
    Internal,
    /// <summary>重要数据: harms national security, economy, social stability, public health or safety.</summary>
    Important,
    /// <summary>核心数据: harms them very seriously.</summary>
    Core,
}

/// <summary>The classes as documents, API and grants name them.</summary>
public static class DataClasses
{
    public static readonly IReadOnlyList<DataClass> All = [DataClass.Public, DataClass.Internal, DataClass.Important, DataClass.Core];

    /// <summary>As a message lists them.</summary>
    public const string Names = "public, internal, important, core";

    public static string NameOf(DataClass dataClass) => dataClass switch
    {
        DataClass.Public => "public",
        DataClass.Internal => "internal",
        DataClass.Important => "important",
        _ => "core",
    };

    public static bool TryParse([NotNullWhen(true)] string? name, out DataClass dataClass)
    {
        foreach (var known in All)
        {
            dataClass = known;
            if (NameOf(known) == name) return true;
        }
        dataClass = default;
        return false;
    }
}
