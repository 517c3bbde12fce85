using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Audit;

/// <summary>By what the trail is chained and signed.</summary>
internal enum AuditSuite : ushort
{
    /// <summary>SHA-256 and ECDSA on P-256.</summary>
    International = 1,
    /// <summary>SM3 (GB/T 32905) and SM2 (GB/T 32918).</summary>
    ShangMi = 2,
}

/// <summary>The audit trail. It cannot be switched off.</summary>
internal sealed record AuditOptions
{
    /// <summary>Days for which records are kept. Whole files go when all in them is older; six months are the least that the law allows.</summary>
    [Range(184, 36_500)] public int RetentionDays { get; init; } = 1_096;
    /// <summary>By what records are chained and signed: International (SHA-256, ECDSA P-256) or ShangMi (SM3, SM2). A change begins a new file.</summary>
    [EnumDataType(typeof(AuditSuite))] public AuditSuite Suite { get; init; } = AuditSuite.International;
    /// <summary>Folder of the key that signs; empty: audit-keys in the data folder. On another disk or machine it is safer: who has key and trail can rewrite both.</summary>
    public string KeyFolder { get; init; } = "";
    /// <summary>Records after which the chain is signed.</summary>
    [Range(1, 100_000)] public int CheckpointRecords { get; init; } = 1_000;
    /// <summary>Seconds after which unsigned records are signed at the latest.</summary>
    [Range(1, 3_600)] public int CheckpointSeconds { get; init; } = 60;
    /// <summary>Size from which a new file is begun, in bytes. A new month begins one, too.</summary>
    [Range(4_096, 256 * 1024 * 1024)] public int FileBytes { get; init; } = 16 * 1024 * 1024;
}
