using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Claims;
using Wanwu.Registry;
using Wanwu.Security.Access.People;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access;

/// <summary>
/// Cuts answers that are still being given when the session, the token or a grant ends by which they were asked for, or when a thing or an organisation moves out of what
/// their caller may see: an export of an hour is no hour's grace.
/// </summary>
/// <remarks>People and programs only. What things ask for is short, and console pages look after themselves. A cut answer is a broken connection: nobody takes half of it for all.
/// Between the look that finds it and the cut lies another: who signs out, or ends its own token, hears that it is done.</remarks>
internal sealed partial class OpenAnswers : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(400);
    private readonly ConcurrentDictionary<OpenAnswer, byte> _open = new();
    private readonly ConcurrentQueue<Move> _moves = new();
    private readonly ThingDirectory _things;
    private readonly AccessRules _rules;
    private readonly CallerStanding _standing;
    private readonly RefusalGate _refusals;
    private readonly TimeProvider _clock;
    private readonly ILogger<OpenAnswers> _logger;

    public OpenAnswers(ThingDirectory things, AccessRules rules, CallerStanding standing, RefusalGate refusals, TimeProvider clock, ILogger<OpenAnswers> logger)
    {
        (_things, _rules, _standing, _refusals, _clock, _logger) = (things, rules, standing, refusals, clock, logger);
        things.Moved += Note;
    }

    /// <summary>That a thing came from one realm to another; with the version of the directory from which on it is there.</summary>
    private readonly record struct Move(long Version, Realm Before, Realm After);

    /// <remarks>Everything that is asked of it later is taken from the request at its beginning: once answered, the context serves somebody else's request.</remarks>
    private sealed class OpenAnswer(HttpContext context, Caller caller, Rights rights, long version)
    {
        private readonly Lock _gate = new();
        private Rights? _compared;
        private bool _isOver;

        public Caller Caller => caller;
        public ClaimsPrincipal User { get; } = context.User;
        public string Path { get; } = context.Request.Path.Value ?? "";
        public string Address { get; } = BasicHandler.AddressOf(context);

        /// <summary>Why it is to be cut; null as long as it is not.</summary>
        public string? Fault { get; set; }

        /// <summary>Whether the caller has lost a grant since it asked; one it gained cuts nothing.</summary>
        public bool HasLost(Rights now) => !ReferenceEquals(rights, now) && rights.Grants.Any(before => now.Grants.All(held => held.Id != before.Id));

        /// <summary>Whether something has moved out of what the caller may: organisations with the realms of their things, or single things.</summary>
        public bool HasLostPart(Rights now, IReadOnlyList<Realm> realms, IReadOnlyList<Move> moves)
        {
            var haveMoved = !ReferenceEquals(_compared ?? rights, now) && realms.Any(realm => now.HasLessThan(rights, realm));
            _compared = now;
            return haveMoved || moves.Any(move => move.Version > version && now.HasLessAt(move.After, move.Before));
        }

        public void End()
        {
            lock (_gate) _isOver = true;
        }

        /// <summary>Breaks the connection; false when the answer was at its end already.</summary>
        public bool TryCut()
        {
            lock (_gate)
            {
                if (_isOver) return false;
                _isOver = true;
                context.Abort();
                return true;
            }
        }
    }

    /// <summary>How many answers are being given to people and programs.</summary>
    public int Count => _open.Count;

    public async Task WatchAsync(HttpContext context, RequestDelegate next)
    {
        if (Caller.Find(context.User) is not { Kind: CallerKind.Person or CallerKind.Program } caller || context.Request.Path.StartsWithSegments(SessionCookie.Circuit))
        {
            await next(context);
            return;
        }
        var answer = new OpenAnswer(context, caller, _rules.RightsOf(caller), _things.Version);
        _open.TryAdd(answer, 0);
        try
        {
            await next(context);
        }
        finally
        {
            _open.TryRemove(answer, out _);
            answer.End();
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(OpenAnswers), LoopAsync, _clock, _logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, _clock);
        while (await timer.WaitForNextTickAsync(stop))
            if (!_open.IsEmpty) await LookAsync(stop);
    }

    /// <summary>Looks once at every answer that is being given.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        OpenAnswer[] open = [.. _open.Keys];
        var (moves, realms) = (TakeMoves(), _things.Realms);
        foreach (var answer in open)
        {
            var now = _rules.RightsOf(answer.Caller);
            if (answer.Fault is { } fault) Cut(answer, fault);
            else if (answer.HasLost(now)) answer.Fault = "a grant by which it was asked for has ended";
            else if (answer.HasLostPart(now, realms, moves)) answer.Fault = "a thing or an organisation has moved out of what the caller may see";
            else if (!_standing.Sessions.IsLive(answer.User)) answer.Fault = "the session has ended";
        }
        try
        {
            string[] shown = [.. open.Select(answer => answer.Caller.Token).OfType<string>().Distinct()];
            if (shown.Length == 0) return;
            var ended = await _standing.Tokens.EndedAsync(shown, stop);
            foreach (var answer in open.Where(answer => answer.Caller.Token is { } token && ended.Contains(token))) answer.Fault ??= "the token has ended";
        }
        catch (Exception fault) when (fault is DbException or IOException)
        {
            // Asked again with the next tick.
            NotAsked(fault);
        }
    }

    private void Note(Realm before, Realm after)
    {
        // Who asks from here on sees it nowhere but where it is.
        if (!_open.IsEmpty) _moves.Enqueue(new Move(_things.Version, before, after));
    }

    private List<Move> TakeMoves()
    {
        var taken = new List<Move>();
        while (_moves.TryDequeue(out var move)) taken.Add(move);
        return taken;
    }

    public override void Dispose()
    {
        _things.Moved -= Note;
        base.Dispose();
    }

    private void Cut(OpenAnswer answer, string reason)
    {
        if (!answer.TryCut()) return;
        _refusals.Refused(new AuditEvent("access.refuse") { Who = Origin.Of(answer.Caller), Door = "api", Address = answer.Address, Reason = $"the answer was cut: {reason}", Detail = new Dictionary<string, string> { ["path"] = answer.Path } });
    }

    [LoggerMessage(6503, LogLevel.Warning, "Which tokens of answers that are being given have ended could not be asked; it is tried again")]
    private partial void NotAsked(Exception fault);
}

/// <summary>By what people and programs are asked anew whether they are still who they were.</summary>
internal sealed record CallerStanding(PersonSessions Sessions, TokenStanding Tokens);
