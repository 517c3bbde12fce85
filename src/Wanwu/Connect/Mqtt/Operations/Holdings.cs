using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>What the things of one organisation hold together.</summary>
internal sealed class OrganisationHolding(string name, LimitOptions options, long second)
{
    public string Name => name;
    public SharedPace Messages { get; } = new(options.OrganisationMessagesPerSecond, second);
    public SharedPace Bytes { get; } = new(options.OrganisationBytesPerSecond, second);
    /// <summary>Guarded by <see cref="Holdings"/>.</summary>
    public int Connections { get; set; }
    /// <summary>Guarded by <see cref="Routes"/>.</summary>
    public int Subscriptions { get; set; }
    public bool MaySubscribe => options.OrganisationSubscriptions == 0 || Subscriptions < options.OrganisationSubscriptions;
}

/// <summary>Who holds how many connections: each caller, and the things of each organisation together.</summary>
/// <remarks>Thread-safe. Asked when a client connects and when it leaves, never for a message.</remarks>
internal sealed class Holdings(IOptions<LimitOptions> options, ThingDirectory things, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(CallerKind, string), int> _callers = [];
    private readonly ConcurrentDictionary<string, OrganisationHolding> _organisations = new(StringComparer.Ordinal);

    public LimitOptions Options => options.Value;
    public IEnumerable<OrganisationHolding> Organisations => _organisations.Values;

    /// <summary>The organisation the caller belongs to; programs and people belong to none.</summary>
    public OrganisationHolding? OrganisationOf(Caller caller) =>
        caller.Thing is { } thing && things.Find(thing)?.Organisation is { } name
            ? _organisations.GetOrAdd(name, static (name, all) => new OrganisationHolding(name, all.Options, all.Second), this)
            : null;

    private long Second => clock.TimestampFrequency;

    /// <summary>One more connection of the caller. False, with the reason, when it has as many as it may.</summary>
    /// <param name="replaces">It takes over from one that the caller already has.</param>
    public bool TryEnter(Caller caller, bool replaces, [NotNullWhen(true)] out Holding? holding, [NotNullWhen(false)] out string? reason)
    {
        var organisation = OrganisationOf(caller);
        var key = (caller.Kind, caller.Name);
        var more = replaces ? 0 : 1;
        (holding, reason) = (null, null);
        lock (_gate)
        {
            var own = _callers.GetValueOrDefault(key);
            if (Exceeds(own + more, Options.ConnectionsPerCaller))
                reason = $"'{caller.Name}' already has {own} connections, as many as one may.";
            else if (organisation is not null && Exceeds(organisation.Connections + more, Options.OrganisationConnections))
                reason = $"The things of '{organisation.Name}' already have {organisation.Connections} connections, as many as they may.";
            if (reason is not null) return false;
            _callers[key] = own + 1;
            if (organisation is not null) organisation.Connections++;
        }
        holding = new Holding(this, key, organisation);
        return true;
    }

    private static bool Exceeds(int count, int limit) => limit > 0 && count > limit;

    /// <summary>What one connection holds, given back once.</summary>
    internal sealed class Holding(Holdings all, (CallerKind, string) caller, OrganisationHolding? organisation)
    {
        private bool _isOver;
        private Pace _messages = new(all.Options.MessagesPerSecond, all.Second), _bytes = new(all.Options.BytesPerSecond, all.Second);
        private readonly bool _limitsRates = all.Options.LimitsRates;

        public OrganisationHolding? Organisation => organisation;

        /// <summary>Spends what was read at once; the answer is for how many ticks the connection is not to be read from. For its reading loop alone.</summary>
        public long Spend(long messages, long bytes, long now)
        {
            if (!_limitsRates) return 0;
            var own = Math.Max(_messages.Spend(messages, now), _bytes.Spend(bytes, now));
            return organisation is null ? own : Math.Max(own, Math.Max(organisation.Messages.Spend(messages, now), organisation.Bytes.Spend(bytes, now)));
        }

        public void Leave()
        {
            lock (all._gate)
            {
                if (_isOver) return;
                _isOver = true;
                if (all._callers[caller] == 1) all._callers.Remove(caller);
                else all._callers[caller]--;
                if (organisation is not null) organisation.Connections--;
            }
        }
    }
}
