using Microsoft.AspNetCore.Localization;

namespace Wanwu.Console.Language;

/// <summary>A language of the console, named in itself.</summary>
internal sealed record ConsoleLanguage(string Code, string Name);

/// <summary>What a person prefers, kept in cookies that the page's own script writes: language and theme.</summary>
internal static class Preferences
{
    public const string LanguageCookie = "wanwu-language";
    public const string ThemeCookie = "wanwu-theme";

    public static readonly IReadOnlyList<ConsoleLanguage> Languages = [new("zh-Hant", "繁體中文"), new("zh-Hans", "简体中文"), new("en", "English")];

    /// <summary>The cookie first, then what the browser says it reads, then English.</summary>
    public static RequestLocalizationOptions Localization()
    {
        string[] codes = [.. Languages.Select(language => language.Code)];
        var options = new RequestLocalizationOptions().SetDefaultCulture("en").AddSupportedCultures(codes).AddSupportedUICultures(codes);
        options.RequestCultureProviders = [new CustomRequestCultureProvider(http => Task.FromResult(Choose(http.Request)))];
        return options;
    }

    internal static ProviderCultureResult? Choose(HttpRequest request)
    {
        if (request.Cookies[LanguageCookie] is { } chosen && Languages.Any(language => language.Code == chosen)) return new ProviderCultureResult(chosen);

        var accepted = request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(entry => entry.Quality ?? 1)
            .Select(entry => FromTag(entry.Value.Value ?? ""))
            .FirstOrDefault(code => code is not null);
        return accepted is null ? null : new ProviderCultureResult(accepted);
    }

    /// <summary>BCP 47 tag to one of ours: script decides, else the place (Taiwan, Hong Kong and Macao write traditional).</summary>
    internal static string? FromTag(string tag)
    {
        var parts = tag.Split('-');
        if (parts[0].Equals("en", StringComparison.OrdinalIgnoreCase)) return "en";
        if (!parts[0].Equals("zh", StringComparison.OrdinalIgnoreCase)) return null;
        if (parts.Contains("Hans", StringComparer.OrdinalIgnoreCase)) return "zh-Hans";
        string[] traditional = ["Hant", "TW", "HK", "MO"];
        return parts.Any(part => traditional.Contains(part, StringComparer.OrdinalIgnoreCase)) ? "zh-Hant" : "zh-Hans";
    }
}
