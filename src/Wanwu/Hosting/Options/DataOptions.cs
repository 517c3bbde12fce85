using System.ComponentModel.DataAnnotations;

namespace Wanwu.Hosting.Options;

/// <summary>Where an installation keeps what it knows.</summary>
internal sealed record DataOptions
{
    /// <summary>Folder of registry, log and store; made at the first start, readable by its owner alone. One server uses it at a time.</summary>
    [Required] public string Path { get; init; } = Registry.DataFolder.DefaultPath;
}
