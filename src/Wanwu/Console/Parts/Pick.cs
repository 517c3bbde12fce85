namespace Wanwu.Console.Parts;

/// <summary>One choice of a <see cref="Picker"/>.</summary>
/// <param name="Id">What is kept.</param>
/// <param name="Name">What people read.</param>
/// <param name="Note">What tells it from others of that name: where it stands.</param>
public sealed record Pick(string Id, string Name, string Note);
