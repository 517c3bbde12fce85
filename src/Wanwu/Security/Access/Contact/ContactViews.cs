using System.Text.Json.Serialization;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>An unknown device as the API shows it.</summary>
/// <param name="Door">Where it came: mqtt, http, or a protocol's name.</param>
/// <param name="Scheme">Of the identifier it claims: an identifier scheme, <c>login</c> (a user name) or <c>thing</c> (the id of a thing that is not there).</param>
/// <param name="Said">What it said besides.</param>
/// <param name="Key">The registration key it showed.</param>
/// <param name="Waiting">Whether it waits to be let in with that key.</param>
/// <param name="Knows">The thing that bears the identifier already.</param>
internal sealed record UnknownDeviceView(
    Guid Id, string Door, string Scheme, string Identifier, Timestamp First, Timestamp Last, long Count, string Address, string? Said, Guid? Key, bool Waiting, ThingId? Knows)
{
    public static UnknownDeviceView Of(UnknownDevice device, ThingId? knows) => new(
        device.Id, device.Door, device.Scheme, device.Value, device.First, device.Last, device.Count, device.Address, device.Said, device.Key, device.IsWaiting, knows);
}

/// <param name="PassedOver">Identifiers that were not taken in since the start, because their address has as many on the list as one may.</param>
internal sealed record UnknownListView(IReadOnlyList<UnknownDeviceView> Items, string? Next, long PassedOver);

/// <summary>Body of <c>POST /api/v1/unknown-devices/{id}/admit</c>.</summary>
/// <param name="Thing">The thing that it is; without it a new one is made.</param>
internal sealed record AdmitDevice(ThingId? Thing, string? Name, string? Model, string? Organisation, string? Region);

internal sealed record AdmittedView(ThingId Thing);

/// <summary>A ban as the API shows it, and the body of <c>POST /api/v1/bans</c> but for id, created and by.</summary>
internal sealed record BanView(Guid Id, string? Scheme, string? Identifier, string? Network, string Reason, Timestamp Created, string By, Timestamp? Expires)
{
    public static BanView Of(Ban ban) => new(ban.Id, ban.Scheme, ban.Value, ban.Network?.ToString(), ban.Reason, ban.Created, ban.CreatedBy, ban.Expires);
}

/// <summary>Body of <c>POST /api/v1/bans</c>: an identifier with its scheme, or a network.</summary>
internal sealed record MakeBan(string? Scheme, string? Identifier, string? Network, string Reason, Timestamp? Expires);

/// <summary>A binding as the API shows it. The secret is never shown.</summary>
internal sealed record BindingView(Guid Id, ThingId Thing, string Scheme, string Identifier, bool HasSecret, bool IsClear, string? Networks, Timestamp Created, string By)
{
    public static BindingView Of(Binding binding) => new(
        binding.Id, binding.Thing, binding.Scheme, binding.Value, binding.Secret is not null, binding.IsClear, binding.Networks?.ToString(), binding.Created, binding.CreatedBy);
}

/// <summary>Body of <c>POST /api/v1/bindings</c>.</summary>
/// <param name="Scheme">An identifier scheme, <c>login</c> (a user name over MQTT and HTTP) or <c>thing</c> (the thing's own id, for networks alone).</param>
/// <param name="Secret">What the device shows: PW of HJ 212, authentication code, station password, password.</param>
/// <param name="IsClear">Whether the protocol computes with the secret: it is then sealed, otherwise only its hash is.</param>
/// <param name="Networks">Where it may come from, as <c>10.1.0.0/16 2001:db8::/32</c>; anywhere unless told.</param>
internal sealed record MakeBinding(ThingId Thing, string Scheme, string Identifier, string? Secret, bool? IsClear, string? Networks);

/// <summary>A registration key as the API shows it.</summary>
/// <param name="Used">Things it has registered.</param>
/// <param name="Key">Only in the answer that made it.</param>
internal sealed record RegistrationKeyView(
    Guid Id, string Name, string? Model, string? Organisation, string? Region, ThingId? Gateway, string Scheme, bool Approval, int? AtMost, int Used, IReadOnlyList<string> Allowed, string? Networks,
    Timestamp Created, string By, Timestamp? Expires, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key = null)
{
    public static RegistrationKeyView Of(RegistrationKey key, string? text = null) => new(
        key.Id, key.Name, key.Model, key.Organisation, key.Region, key.Gateway, key.Scheme, key.NeedsApproval, key.AtMost, key.Used, key.Allowed, key.Networks?.ToString(), key.Created, key.CreatedBy, key.Expires, text);
}

/// <summary>Body of <c>POST /api/v1/registration-keys</c>.</summary>
/// <param name="Model">What the things are that register with it; organisation, region and gateway likewise.</param>
/// <param name="Scheme">Of the identifiers that devices claim; <c>custom</c> unless told.</param>
/// <param name="Approval">Whether somebody has to let each of them in.</param>
/// <param name="AtMost">Things it may register.</param>
/// <param name="Allowed">Identifiers that may, or patterns with <c>*</c> for any characters; all unless told.</param>
internal sealed record MakeRegistrationKey(
    string Name, string? Model, string? Organisation, string? Region, ThingId? Gateway, string? Scheme, bool? Approval, int? AtMost, IReadOnlyList<string>? Allowed, string? Networks, Timestamp? Expires);

/// <summary>Body of <c>POST /api/v1/register</c>; may be left out.</summary>
/// <param name="Name">What people will call the device.</param>
/// <param name="Attempt">A text of 22 to 100 letters and digits that the device makes at random and keeps until it has its password: asked again with it, it is answered again.</param>
internal sealed record RegisterDevice(string? Name, string? Attempt);

/// <summary>What a device that was registered signs in with from here on, over MQTT and HTTP. Shown this once.</summary>
internal sealed record RegisteredView(ThingId Thing, string Username, string Password);
