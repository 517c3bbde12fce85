using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>Records connections refused for their credentials: a few a second one by one, the rest counted with the next one recorded.</summary>
/// <remarks>Whoever guesses passwords must not be able to fill the disk with the record of it.</remarks>
internal sealed class RefusedConnects(MessageIntake intake)
{
    private const int PerSecond = 5;
    private readonly Lock _gate = new();
    private long _second;
    private int _inSecond;
    private int _uncounted;

    public void Record(string protocol, string? userName, string clientId, string peer)
    {
        var now = intake.Now;
        int count;
        lock (_gate)
        {
            var second = now.Microseconds / 1_000_000;
            if (second != _second) (_second, _inSecond) = (second, 0);
            if (++_inSecond > PerSecond)
            {
                _uncounted++;
                return;
            }
            (count, _uncounted) = (1 + _uncounted, 0);
        }
        ThingId? thing = ThingId.TryParse(userName, null, out var id) && intake.Things.Find(id) is not null ? id : null;
        var detail = userName is null
            ? $"Client '{Cut(clientId)}' gave no user name. Things sign in with their id and password, programs with 'token' and their token."
            : $"Client '{Cut(clientId)}' signed in as '{Cut(userName)}' with credentials that are not valid. New ones are made on the thing's page.";
        var refused = new ReportBuffer();
        refused.Begin(thing, peer);
        refused.Refuse(RefusalReason.WrongCredentials, detail, default, count: count);
        intake.Append(protocol, thing ?? default, now, refused, 0, resent: false, waiter: null);
    }

    private static string Cut(string text) => text.Length > 64 ? text[..64] + "…" : text;
}
