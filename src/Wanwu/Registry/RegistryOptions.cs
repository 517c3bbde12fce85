using System.ComponentModel.DataAnnotations;

namespace Wanwu.Registry;

/// <summary>What holds for things that say nothing else.</summary>
internal sealed record RegistryOptions : IValidatableObject
{
    /// <summary>Time zone (IANA name) of things without region and zone of their own: where their days and months begin.</summary>
    [Required] public string TimeZone { get; init; } = "Asia/Shanghai";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TimeZones.TryFind(TimeZone, out _))
            yield return new ValidationResult($"'{TimeZone}' is not a time zone this machine knows; expected an IANA name as Asia/Shanghai.", [nameof(TimeZone)]);
    }
}
