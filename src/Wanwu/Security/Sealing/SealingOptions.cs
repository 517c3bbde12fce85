using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Sealing;

/// <summary>By what secrets are sealed that have to be read again.</summary>
internal enum SealingSuite : byte
{
    /// <summary>AES-256-CBC with HMAC-SHA-256, as ASP.NET Data Protection has it.</summary>
    International,
    /// <summary>SM4-GCM (GB/T 32907), keys derived with SM3 (GB/T 32905).</summary>
    ShangMi,
}

/// <summary>The key ring: what seals sessions, forms, second factors, secrets of bindings and the keys of programs' tokens.</summary>
internal sealed record SealingOptions
{
    /// <summary>Folder of the key ring; empty: keys in the data folder. Apart from the data (another disk, a mounted secret) a stolen copy of the data opens nothing; it is in no backup then: keep a copy of it yourself. Keys that lie in the data folder move there at the next start.</summary>
    public string KeyFolder { get; init; } = "";
    /// <summary>By what is sealed from now on: International (AES-256, HMAC-SHA-256) or ShangMi (SM4-GCM, SM3). What was sealed before stays readable.</summary>
    [EnumDataType(typeof(SealingSuite))] public SealingSuite Suite { get; init; } = SealingSuite.International;
    /// <summary>Days for which a key seals; then a new one is made. Old ones stay, to read what they have sealed.</summary>
    [Range(7, 3_650)] public int KeyDays { get; init; } = 90;
}
