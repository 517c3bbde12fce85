using Wanwu.Console.Language;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Console.DeviceRoom;

/// <summary>What kind of identifier a device shows, in the reader's words.</summary>
internal static class SchemeWords
{
    public static string Of(Words words, string scheme) => scheme switch
    {
        IdentifierDoor.UserName => words["unknown.schemeLogin"],
        IdentifierDoor.OwnId => words["unknown.schemeThing"],
        _ => IdentifierSchemes.Find(scheme)?.Title.For(words.Culture) ?? scheme,
    };
}
