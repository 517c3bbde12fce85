using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Access.People;

/// <summary>Of whom a second factor is asked.</summary>
internal enum SecondFactorRule : byte
{
    /// <summary>Of those who set one up of their own accord.</summary>
    Off,
    /// <summary>Of administrators, security officers and auditors.</summary>
    Administrators,
    /// <summary>Of everybody.</summary>
    Everyone,
}

/// <summary>People: their passwords, second factors and sessions.</summary>
internal sealed record PeopleOptions
{
    /// <summary>Characters that a new password has at least.</summary>
    [Range(8, 128)] public int PasswordMinLength { get; init; } = 10;
    /// <summary>Kinds of characters that a new password mixes at least, of four: small letters, capitals, digits, others. 1 asks for no mixture.</summary>
    [Range(1, 4)] public int PasswordKinds { get; init; } = 1;
    /// <summary>Days after which a password has to be changed at the next sign-in; 0: never. GB/T 22239 is commonly read as 90.</summary>
    [Range(0, 3_650)] public int PasswordDays { get; init; }
    /// <summary>Passwords, the present one included, that may not be used again.</summary>
    [Range(0, 24)] public int PasswordHistory { get; init; } = 5;
    /// <summary>Wrong passwords in a row, or wrong codes of the second factor, after which an account is locked for a while.</summary>
    [Range(1, 100)] public int LockAfter { get; init; } = 5;
    /// <summary>Minutes for which an account is locked then.</summary>
    [Range(1, 1_440)] public int LockMinutes { get; init; } = 15;
    /// <summary>Of whom a second factor is asked: Off (of those who set one up), Administrators (also of administrators, security officers and auditors), Everyone.</summary>
    [EnumDataType(typeof(SecondFactorRule))] public SecondFactorRule SecondFactor { get; init; } = SecondFactorRule.Administrators;
    /// <summary>Days from the first sign-in at which a second factor is asked for; until then one may sign in without having set it up.</summary>
    [Range(0, 365)] public int SecondFactorGraceDays { get; init; } = 14;
    /// <summary>Minutes without anything done after which a session ends.</summary>
    [Range(1, 1_440)] public int IdleMinutes { get; init; } = 30;
    /// <summary>Hours after which a session ends, whatever is done in it.</summary>
    [Range(1, 168)] public int SessionHours { get; init; } = 12;
    /// <summary>Hours for which the link of an invitation or for a new password is good.</summary>
    [Range(1, 720)] public int InvitationHours { get; init; } = 72;
}
