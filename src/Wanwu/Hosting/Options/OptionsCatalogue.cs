using System.ComponentModel.DataAnnotations;

namespace Wanwu.Hosting.Options;

/// <summary>Every options record and the section it is bound from. The start checks them all, and <c>docs/configuration.md</c> is made from them.</summary>
/// <remarks>Filled while the modules register; read-only afterwards.</remarks>
internal sealed class OptionsCatalogue
{
    private readonly List<OptionsSection> _sections = [];

    public IReadOnlyList<OptionsSection> Sections => _sections;

    public void Add(OptionsSection section) => _sections.Add(section);

    public static OptionsCatalogue Of(IServiceCollection services)
    {
        var catalogue = services
            .Where(service => service.ServiceType == typeof(OptionsCatalogue))
            .Select(service => (OptionsCatalogue)service.ImplementationInstance!)
            .FirstOrDefault();
        if (catalogue is null) services.AddSingleton(catalogue = new OptionsCatalogue());
        return catalogue;
    }
}

/// <param name="Path">Configuration path, e.g. <c>Connect:Mqtt</c>.</param>
/// <param name="Record">The options record; its properties are the settings, their initialisers the defaults.</param>
internal sealed record OptionsSection(string Path, Type Record);

internal static class OptionsRegistration
{
    /// <summary>Binds <typeparamref name="T"/> from <paramref name="path"/>, checked at the start by its annotations and, if it has one, its <see cref="IValidatableObject"/>.</summary>
    public static void AddSettings<T>(this IHostApplicationBuilder builder, string path) where T : class
    {
        OptionsCatalogue.Of(builder.Services).Add(new OptionsSection(path, typeof(T)));
        builder.Services.AddOptions<T>().BindConfiguration(path);
    }
}
