namespace Wanwu.Hosting.Options;

/// <summary>The configuration cannot be used; nothing was started.</summary>
internal sealed class SettingsException(IReadOnlyList<SettingFault> faults)
    : Exception($"{(faults.Count == 1 ? "1 setting" : $"{faults.Count} settings")} cannot be used:\n  {string.Join("\n  ", faults)}")
{
    public IReadOnlyList<SettingFault> Faults { get; } = faults;
}
