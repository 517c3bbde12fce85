using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Wanwu.Hosting;
using Wanwu.Hosting.Options;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Tests.Security.Audit;

/// <summary>Records are kept for six months at the least, and no setting makes anything go unrecorded.</summary>
public sealed class AuditRetentionTests : IDisposable
{
    private const int Least = 184, Months = 16;
    private static readonly string[] Switches = ["Enabled", "IsEnabled", "Disabled", "Off", "Level", "Actions", "Exclude"];
    private readonly AuditRig _rig = new();

    public static TheoryData<string> Names => [.. SettingsCheck.SettingsOf(typeof(AuditOptions)).Select(setting => setting.Name)];

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Month_by_month_only_what_is_older_than_the_retention_goes_and_the_rest_proves()
    {
        _rig.Options = new AuditOptions { RetentionDays = Least };
        var written = new List<(long Sequence, DateTimeOffset Time)>();
        var gone = 0;
        for (var month = 0; month < Months; month++)
        {
            await using var trail = _rig.Open();
            for (var n = 0; n < 3; n++)
            {
                await trail.AppendAsync(AuditRig.Event($"m{month}-{n}"));
                written.Add((trail.Sequence, _rig.Clock.GetUtcNow()));
                _rig.Clock.Advance(TimeSpan.FromDays(9));
            }
            await trail.AppendAsync(AuditRig.Event($"m{month}-end"));
            gone += await _rig.Expiry(trail).RunAsync();
            await trail.SignAsync();
            var proof = _rig.Prove();
            Assert.Equal([], proof.Findings);
            var due = _rig.Clock.GetUtcNow().AddDays(-Least);
            Assert.All(written.Where(record => record.Time >= due), record => Assert.True(record.Sequence >= proof.First, $"Record {record.Sequence} of {record.Time} went before its time, at {_rig.Clock.GetUtcNow()}."));
            _rig.Clock.Advance(TimeSpan.FromDays(4));
        }
        // Sixteen times thirty-one days, of which 184 and the month they begin in are kept.
        Assert.InRange(gone, 8, 10);
    }

    [Theory]
    [InlineData("183")]
    [InlineData("1")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("never")]
    public void Less_than_six_months_is_refused_at_the_start(string days)
    {
        var fault = Assert.Single(Faults($"--Security:Audit:RetentionDays={days}"));
        Assert.Equal("Security:Audit:RetentionDays", fault.Name);
    }

    [Fact]
    public void There_is_no_setting_that_switches_it_off()
    {
        foreach (var name in Switches) Assert.Single(Faults($"--Security:Audit:{name}=false"));
        Assert.Single(Faults("--Security:Audit:Suite=None"));
        Assert.Single(Faults("--Security:Audit:Suite=0"));
        Assert.DoesNotContain(SettingsCheck.SettingsOf(typeof(AuditOptions)), setting => setting.PropertyType == typeof(bool));
        Assert.Equal([], Faults());
    }

    /// <summary>Each setting at both of its ends: what happens is on disk before it is told of, and signed when the trail is closed.</summary>
    [Theory, MemberData(nameof(Names))]
    public async Task Whatever_is_set_what_happens_is_recorded(string name)
    {
        var setting = typeof(AuditOptions).GetProperty(name)!;
        foreach (var end in EndsOf(setting))
        {
            using var rig = new AuditRig();
            setting.SetValue(rig.Options, end);
            await rig.WriteAsync(3);
            await rig.WriteAsync(1);
            var proof = rig.Prove();
            Assert.True(proof.Whole, $"{name} = {end}");
            Assert.Equal(4, await CountAsync(rig));
            Assert.Equal(proof.Last, proof.Signed);
        }
    }

    private static IEnumerable<object> EndsOf(PropertyInfo setting)
    {
        if (setting.GetCustomAttribute<RangeAttribute>() is { } range) return [Convert.ToInt32(range.Minimum, CultureInfo.InvariantCulture), Convert.ToInt32(range.Maximum, CultureInfo.InvariantCulture)];
        if (setting.PropertyType.IsEnum) return setting.PropertyType.GetEnumValues().Cast<object>();
        Assert.True(setting.PropertyType == typeof(string), $"{setting.Name}: say here what its ends are.");
        return [""];
    }

    private static IReadOnlyList<SettingFault> Faults(params string[] settings)
    {
        var builder = Composition.CreateBuilder(settings);
        return SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration);
    }

    private static async Task<int> CountAsync(AuditRig rig)
    {
        await using var trail = rig.Open();
        using var reader = new AuditReader(trail);
        return (await reader.PageAsync(new AuditFilter(Action: "thing.change"), null, 100, CancellationToken.None)).Records.Count;
    }
}
