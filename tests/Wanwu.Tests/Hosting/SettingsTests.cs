using System.Xml.Linq;
using Wanwu.Hosting;
using Wanwu.Hosting.Options;

namespace Wanwu.Tests.Hosting;

/// <summary>A wrong value stops the start with the setting's name, the value and the rule, all faults at once.</summary>
public sealed class SettingsTests
{
    private static IReadOnlyList<SettingFault> Faults(params string[] settings)
    {
        var builder = Composition.CreateBuilder(settings);
        return SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration);
    }

    [Fact]
    public void The_defaults_are_accepted() => Assert.Equal([], Faults());

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var faults = Faults("--Http:MaxBodyBytes=lots", "--Http:AllowPlaintext=perhaps", "--Data:Path=");
        Assert.Equal(["Data:Path", "Http:AllowPlaintext", "Http:MaxBodyBytes"], faults.Select(fault => fault.Name).Order());
        Assert.All(faults, fault => Assert.NotEmpty(fault.Rule));
        Assert.Contains(faults, fault => fault is { Value: "lots", Rule: "must be a whole number." });
    }

    [Fact]
    public void A_value_out_of_range_is_told_with_its_range()
    {
        var fault = Assert.Single(Faults("--Http:MaxBodyBytes=1"));
        Assert.Equal(("Http:MaxBodyBytes", "1"), (fault.Name, fault.Value));
        Assert.Contains("65536", fault.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_name_is_a_fault_that_names_the_nearest()
    {
        var fault = Assert.Single(Faults("--Http:Url=http://127.0.0.1:1"));
        Assert.Contains("Http:Urls", fault.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Security:External:Providers:0:ClientSecrt=x", "Security:External:Providers:0:ClientSecret")]
    [InlineData("--Security:External:Providers:0:Grants:0:Organization=x", "Security:External:Providers:0:Grants:0:Organisation")]
    [InlineData("--Connect:Mqtt:Topics:0:Subscribes:0=x", "Connect:Mqtt:Topics:0:Subscribe")]
    [InlineData("--Connect:Mqtt:Port:x=1", "Connect:Mqtt:Port")]
    public void So_is_one_within_the_entries_of_a_list(string setting, string nearest)
    {
        var name = setting[2..setting.IndexOf('=', StringComparison.Ordinal)];
        Assert.Contains($"Did you mean {nearest}?", Assert.Single(Faults(setting), fault => fault.Name == name).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_of_a_list_have_the_names_they_have() =>
        Assert.DoesNotContain(Faults("--Security:External:Providers:0:Id=water", "--Security:External:Providers:0:Grants:0:Claim=groups", "--Connect:Mqtt:Topics:0:Subscribe:0=a/#"), fault => fault.Rule.StartsWith("there is no such", StringComparison.Ordinal));

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://[::]:8080")]
    public void Plaintext_beyond_loopback_is_refused_unless_allowed(string url)
    {
        var fault = Assert.Single(Faults($"--urls={url}"));
        Assert.Equal("Http:Urls", fault.Name);
        Assert.Contains("Http:AllowPlaintext", fault.Rule, StringComparison.Ordinal);
        Assert.Equal([], Faults($"--urls={url}", "--Http:AllowPlaintext=true"));
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("http://127.0.0.1:8080/path")]
    [InlineData("http://example.org")]
    public void What_is_no_address_is_refused(string url) => Assert.Equal("Http:Urls", Assert.Single(Faults($"--urls={url}")).Name);

    [Fact]
    public void The_configuration_reference_tells_what_the_code_does()
    {
        var builder = Composition.CreateBuilder([]);
        var comments = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Wanwu.xml"));
        var written = ConfigurationReference.Write(OptionsCatalogue.Of(builder.Services), comments);
        var file = Repository.File("docs", "configuration.md");
        if (Environment.GetEnvironmentVariable("WANWU_UPDATE_DOCS") == "1") File.WriteAllText(file, written);
        Assert.Equal(File.ReadAllText(file), written);
    }
}
