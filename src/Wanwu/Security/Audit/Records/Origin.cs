using Wanwu.Security.Access;

namespace Wanwu.Security.Audit;

/// <summary>On whose behalf the running code acts, and from where. Set at the doors (request, circuit, command), read where a change happens.</summary>
/// <remarks>Flows with the call, so that a class deep in the house records the same whether the API or a page called it.</remarks>
internal sealed record Origin(Actor Who, string Door, string? Address = null, string? Request = null)
{
    private static readonly AsyncLocal<Origin?> Ambient = new();

    /// <summary>The server acting by itself, unless a door said otherwise.</summary>
    public static readonly Origin Server = new(Actor.Server, "server");

    public static Origin Current
    {
        get => Ambient.Value ?? Server;
        set => Ambient.Value = value;
    }

    /// <summary>How many records were written for the call that this origin stands for.</summary>
    public int Records;

    public static Actor Of(Caller caller) => new(caller.Kind switch
    {
        CallerKind.Person => "person",
        CallerKind.Program => "program",
        CallerKind.Thing => "thing",
        _ => "anonymous",
    }, caller.Id, caller.Name);

    /// <summary>Fills in what the event does not say itself.</summary>
    public AuditEvent Complete(AuditEvent happened) => happened with
    {
        Who = happened.Who ?? Who, Door = happened.Door ?? Door, Address = happened.Address ?? Address, Request = happened.Request ?? Request,
    };
}
