using System.Globalization;
using System.Net;
using System.Text;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Connect.Onboarding;

/// <summary>What the MQTT door asks and tells about devices: who is kept out, and who came and is unknown.</summary>
internal sealed class DeviceGate(IdentifierDoor door, UnknownDevices unknown, Registrations registrations, DoorLimits limits)
{
    public IdentifierDoor Door => door;
    public DoorLimits Limits => limits;
    public Registrations Registrations => registrations;

    /// <summary>The refusal of a user name that is bound to a thing and was shown with the right password.</summary>
    public DoorRefusal WhyKeptOut(ConnectRequest request, IPEndPoint? peer) =>
        door.RefusesBound(IdentifierDoor.UserName, request.UserName!, peer?.Address) ?? new DoorRefusal(DoorFault.Ended, "It may not come in.");

    /// <summary>Puts a client that nobody knows on the list of unknown devices. Whoever shows a token, or no name at all, is no device.</summary>
    public void Note(ConnectRequest request, SignInFault fault, IPEndPoint? peer)
    {
        if (request.UserName is not { Length: > 0 } name || name.Length > Identifier.MaxLength || request.Password.AsSpan().StartsWith("wanwu"u8)) return;
        var isId = ThingId.TryParse(name, null, out var id);
        if (isId ? fault != SignInFault.Unknown : fault != SignInFault.WrongCredentials || door.IsBound(IdentifierDoor.UserName, name)) return;
        var said = new StringBuilder($"client identifier {RefusedConnections.Cut(request.ClientId)}");
        if (request.Will is { } will) said.Append(CultureInfo.InvariantCulture, $", will on {Encoding.UTF8.GetString(will.Topic.AsSpan(0, Math.Min(64, will.Topic.Length)))}");
        unknown.Note(new Knock("mqtt", isId ? IdentifierDoor.OwnId : IdentifierDoor.UserName, isId ? id.ToString() : name, peer?.Address, said.ToString()), request.Password);
    }
}
