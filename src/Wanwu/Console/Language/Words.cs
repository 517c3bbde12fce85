using System.Globalization;
using System.Resources;

[assembly: NeutralResourcesLanguage("en")]

namespace Wanwu.Console.Language;

/// <summary>The console's words in the reader's language. The texts lie in Words*.resx, one file a language, all with the same keys.</summary>
/// <remarks>
/// Lives as long as its circuit and keeps the culture it began with: work that a live update starts on another thread
/// would otherwise find that thread's culture.
/// </remarks>
internal sealed class Words
{
    internal static readonly ResourceManager Texts = new("Wanwu.Console.Language.Words", typeof(Words).Assembly);

    public CultureInfo Culture { get; } = CultureInfo.CurrentUICulture;

    public string this[string key] => Texts.GetString(key, Culture) ?? key;

    public string this[string key, params object[] values] => string.Format(Culture, this[key], values);

    /// <summary>The text of a key made of <paramref name="prefix"/> and a member's camelCase name, or the name itself when there is none (yet).</summary>
    public string Of(string prefix, string name) => Texts.GetString($"{prefix}.{name}", Culture) ?? name;
}
