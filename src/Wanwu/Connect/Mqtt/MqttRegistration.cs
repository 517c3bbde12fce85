using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>What a device is told that asks to be registered.</summary>
/// <param name="Outcome">registered, waiting or refused.</param>
internal sealed record RegistrationReply(string Outcome, string? Detail, ThingId? Thing, string? Username, string? Password);

/// <summary>A connection that was let in with a registration key: it may ask to be registered, is told what came of it, and nothing else.</summary>
/// <remarks>Belongs to the connection's reading loop. It asks by publishing to <c>v1/register</c>; the answer comes on <c>v1/register/answer</c>, subscribed or not.</remarks>
internal sealed class MqttRegistration(Registrations registrations, ConnectRequest request, IPEndPoint? peer)
{
    private static readonly byte[] AnswerTopic = "v1/register/answer"u8.ToArray();
    private static readonly JsonSerializerOptions Format = new(JsonSerializerOptions.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private RegistrationReply? _reply;
    private string? _name, _attempt;

    public static bool IsAsked(ReadOnlySpan<byte> topic) => topic.SequenceEqual("v1/register"u8);

    public static bool IsAnswer(ReadOnlySpan<byte> filter) => filter.SequenceEqual("v1/register/answer"u8);

    /// <summary>Whether the answer is there; otherwise it is to be waited for, and the message read again.</summary>
    public bool HasReply(ReadOnlySpan<byte> payload)
    {
        if (_reply is not null) return true;
        (_name, _attempt) = Read(payload);
        return false;
    }

    public async Task AskAsync(CancellationToken stop)
    {
        if (_attempt is not null && AttemptPasswords.FaultOf(_attempt) is { } fault)
        {
            _reply = new RegistrationReply("refused", $"attempt: {fault}", null, null, null);
            return;
        }
        var answer = await registrations.RegisterAsync(new RegistrationRequest("mqtt", request.UserName!, request.Password, peer?.Address, _name, $"client identifier {RefusedConnections.Cut(request.ClientId)}") { Attempt = _attempt }, stop);
        _reply = answer.Outcome switch
        {
            RegistrationOutcome.Done => new RegistrationReply("registered", null, answer.Thing, answer.Thing.ToString(), answer.Password),
            RegistrationOutcome.Waits => new RegistrationReply("waiting", answer.Sentence, null, null, null),
            _ => new RegistrationReply("refused", answer.Sentence, null, null, null),
        };
    }

    /// <summary>Sends the answer, once, and says how the message that asked for it is acknowledged.</summary>
    public (ReasonCode Code, string? Sentence) Reply(Post post, ClientSession session, MqttProperties properties, long now)
    {
        var reply = _reply!;
        _reply = null;
        var kept = new PropertyWriter();
        foreach (var property in properties)
            if (property.Id == PropertyId.CorrelationData) kept.AddRaw(property.Raw);
        var message = new MqttMessage { Topic = AnswerTopic, Payload = JsonSerializer.SerializeToUtf8Bytes(reply, Format), Properties = kept.Raw.ToArray(), Qos = 1, Received = now };
        post.Send(message, [new RouteTarget(session, 1, Audience.Everybody, RetainAsPublished: false, [])], null, Sender.Server);
        return reply.Outcome == "refused" ? (ReasonCode.NotAuthorized, reply.Detail) : (ReasonCode.Success, null);
    }

    /// <summary>What people will call the device, and by what it is answered again: members <c>name</c> and <c>attempt</c> of an object. What else is said is passed over.</summary>
    private static (string? Name, string? Attempt) Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length is 0 or > 4_096) return default;
        try
        {
            var reader = new Utf8JsonReader(payload);
            return JsonDocument.TryParseValue(ref reader, out var document) && document.RootElement is { ValueKind: JsonValueKind.Object } root ? (Text(root, "name"), Text(root, "attempt")) : default;
        }
        catch (JsonException)
        {
            return (Encoding.UTF8.GetString(payload) is { Length: <= 100 } text && !text.Contains('{', StringComparison.Ordinal) ? text : null, null);
        }

        static string? Text(JsonElement root, string member) => root.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
