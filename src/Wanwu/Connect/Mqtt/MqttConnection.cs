using System.Buffers;
using System.IO.Hashing;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>Why reading stops for now.</summary>
internal enum DrainOutcome : byte
{
    /// <summary>Everything whole has been dealt with.</summary>
    NeedMore,
    /// <summary>Credentials are to be checked.</summary>
    SignIn,
    /// <summary>The log is full: nothing is read until it has room.</summary>
    LogFull,
    /// <summary>A device heard of for the first time is being registered: its message is read again when it is.</summary>
    Registering,
    /// <summary>The client has too much unacknowledged.</summary>
    AcksPending,
    /// <summary>The client, or its organisation, has sent more than it may: nothing is read for a while.</summary>
    TooFast,
    Close,
}

/// <summary>One MQTT client: drives the engine over what the transport has read, and hands messages to the log.</summary>
/// <remarks>
/// <c>Drain</c> and <see cref="ResumeAsync"/> are called by the transport's one reading loop. The committer calls <see cref="OnBatch"/>, which only
/// notes and kicks: acknowledgements are written when the transport takes the bytes. Reading never waits for the disk unless the log is full.
/// </remarks>
internal sealed class MqttConnection : ICommitWaiter
{
    private readonly MqttDoor _door;
    private readonly IMqttTransport _transport;
    private readonly ICommitWaiter _commits;
    private readonly MqttOutput _output;
    private readonly MqttEngine _engine;
    // Filled and read within one call: all connections of a thread share it, and with thousands of them it stays in the processor's cache.
    private static ReportBuffer Read => ReportBuffer.Mine;
    private readonly long _began;
    private readonly ConnectionOrigin _origin;
    private Newcomers.Place? _newcomer;
    private Holdings.Holding? _holding;
    private ConnectRequest? _request;
    private ClientSession? _session;
    private TopicRights? _rights;
    private PublishTargets? _targets;
    private TaskCompletionSource? _ackRoom;
    private ulong _originSeed;
    private long _heard;
    private long _awaited;
    private TimeSpan _silenceAllowed;
    private bool _said;
    private bool _accepted;
    private uint _expiry;
    private int _sweepsSinceClose = -1;
    private string _ended = "the connection broke";
    private (long Messages, long Observations, long Refusals) _counted;
    private Timestamp _now;
    private long _pause;
    private AckProbe _probe;
    private bool _waits;
    /// <summary>Parts of the message at hand that the log has already.</summary>
    private int _parts;
    private DeviceArrival? _arrival;
    private MqttRegistration? _registration;
    private SenderPlace? _place;

    public MqttConnection(MqttDoor door, IMqttTransport transport, ConnectionOrigin origin)
    {
        (_door, _transport, _origin) = (door, transport, origin);
        _commits = transport.CommitsFor(this);
        _output = new MqttOutput(door.Options.MaxOutboxBytes);
        _engine = new MqttEngine(door.Limits, _output);
        _began = _heard = door.Intake.Clock.GetTimestamp();
        _silenceAllowed = TimeSpan.FromSeconds(door.Options.ConnectTimeoutSeconds);
        Figures = new ConnectionFigures(_output);
    }

    public MqttOutput Output => _output;
    public bool IsSignedIn => _engine.IsConnected;
    public ConnectionFigures Figures { get; }
    /// <summary>Null until it has signed in.</summary>
    public ConnectionFacts? Facts { get; private set; }
    /// <summary>How long nothing has been heard.</summary>
    public TimeSpan Silence => _door.Intake.Clock.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>The peer sent something.</summary>
    public void Heard() => Volatile.Write(ref _heard, _door.Intake.Clock.GetTimestamp());

    /// <summary>Deals with every whole packet at the front of <paramref name="buffer"/> and takes it off.</summary>
    public DrainOutcome Drain(ref ReadOnlySequence<byte> buffer)
    {
        _now = _door.Intake.Now;
        var before = buffer.Length;
        DrainOutcome outcome;
        while (true)
        {
            var span = buffer.FirstSpan;
            outcome = DrainSpan(span, out var consumed);
            buffer = buffer.Slice(consumed);
            // A packet that ends where its segment does: the next one begins the next segment, which may be the last.
            if (outcome == DrainOutcome.NeedMore && consumed > 0 && consumed == span.Length && !buffer.IsEmpty) continue;
            if (outcome != DrainOutcome.NeedMore || buffer.IsEmpty || buffer.IsSingleSegment || !TryDrainStitched(ref buffer, out outcome)) break;
            if (outcome != DrainOutcome.NeedMore) break;
        }
        return Count(outcome, before - buffer.Length);
    }

    /// <summary>The same for bytes that lie in one piece.</summary>
    public DrainOutcome Drain(ReadOnlySpan<byte> bytes, out int consumed)
    {
        _now = _door.Intake.Now;
        var outcome = DrainSpan(bytes, out consumed);
        return Count(outcome, consumed);
    }

    private DrainOutcome Count(DrainOutcome outcome, long bytes)
    {
        Figures.BytesIn += bytes;
        // The moment of the read serves: no other look at the clock.
        _pause = _holding?.Spend(_counted.Messages, bytes, _heard) ?? 0;
        _door.Metrics.Received("mqtt", _counted.Messages, _counted.Observations, _counted.Refusals);
        _counted = default;
        return _pause > 0 && outcome == DrainOutcome.NeedMore ? DrainOutcome.TooFast : outcome;
    }

    /// <summary>A packet that the network cut in two is put together. False when it is not all there.</summary>
    private bool TryDrainStitched(ref ReadOnlySequence<byte> buffer, out DrainOutcome outcome)
    {
        outcome = DrainOutcome.NeedMore;
        Span<byte> head = stackalloc byte[(int)Math.Min(5, buffer.Length)];
        buffer.Slice(0, head.Length).CopyTo(head);
        var result = MqttFrame.TryRead(head, _door.Limits.MaxPacketBytes, out var frame);
        // A header alone already shows a packet that is too large or malformed; the engine says so from the header.
        var length = result is FrameResult.TooLarge or FrameResult.Malformed ? head.Length : frame.Length;
        if (length == 0 || length > buffer.Length) return false;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        buffer.Slice(0, length).CopyTo(whole);
        outcome = DrainSpan(whole.AsSpan(0, length), out var consumed);
        ArrayPool<byte>.Shared.Return(whole);
        buffer = buffer.Slice(consumed);
        return consumed > 0 || outcome != DrainOutcome.NeedMore;
    }

    private DrainOutcome DrainSpan(ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            var step = _engine.Next(input[consumed..], _now.Microseconds / 1000);
            var outcome = step.Kind == StepKind.Publish ? OnPublish(step.Publish) : OnStep(step);
            if (outcome is not (DrainOutcome.LogFull or DrainOutcome.Registering)) consumed += step.Consumed;
            if (outcome != DrainOutcome.NeedMore || step.Kind == StepKind.NeedMore) return outcome;
        }
    }

    private DrainOutcome OnStep(in MqttStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Connect:
                _newcomer?.Speaks();
                _request = ConnectRequest.From(step.ReadConnect(), _now.Microseconds / 1000);
                _request.Certificate = _origin.Certificate;
                return DrainOutcome.SignIn;
            case StepKind.Subscribe:
                new SubscriptionDesk(_door, _session!, _rights!).Subscribe(step.ReadSubscribe(), _output, _now.Microseconds / 1000);
                return DrainOutcome.NeedMore;
            case StepKind.Unsubscribe:
                new SubscriptionDesk(_door, _session!, _rights!).Unsubscribe(step.ReadSubscribe(), _output);
                return DrainOutcome.NeedMore;
            case StepKind.Disconnect:
                (_said, _ended) = (!step.WithWill, "said goodbye");
                _expiry = step.SessionExpiry ?? _expiry;
                return DrainOutcome.Close;
            case StepKind.Hold:
                return DrainOutcome.AcksPending;
            case StepKind.Fault:
                _ended = step.Fault.Sentence();
                _door.Admission.Refused.Record(step.Fault, _session, _transport.Remote);
                return DrainOutcome.Close;
            default:
                return DrainOutcome.NeedMore;
        }
    }

    private DrainOutcome OnPublish(in PublishPacket publish)
    {
        if (!_engine.TryReceive(publish)) return DrainOutcome.NeedMore;
        if (_registration is not null) return OnRegister(publish);
        var target = _targets!.Find(publish.Topic);
        if (target.Meaning == TopicMeaning.Renewal) return AskForCertificate(publish);
        if (!MessageReading.TryRead(_door.Intake, target, publish.Payload, _now, Read)) return PublishPlain(publish, target);
        if ((_arrival = target.Mapped?.TakeArrival()) is not null) return ReadAgain(publish, DrainOutcome.Registering);
        var origin = publish.Qos == 0 ? 0 : XxHash3.HashToUInt64(publish.Payload, (long)(_originSeed + publish.PacketId * 0x9E37_79B9_7F4A_7C15UL));
        var result = MessageParts.Append(_door.Intake, _now, Read, origin, publish.Dup, publish.Qos == 0 ? null : _commits, publish.Qos == 2 && !target.IsPlainToo ? Receipt(publish.PacketId) : null, _place, ref _parts);
        if (result.Outcome == AppendOutcome.Appended && target.IsPlainToo) result = PublishAlso(publish, target, result);
        return result.Outcome switch
        {
            AppendOutcome.Appended => Answer(publish, result.Batch),
            AppendOutcome.Full => ReadAgain(publish, DrainOutcome.LogFull),
            _ => AnswerNoRoom(publish),
        };
    }

    private DrainOutcome OnRegister(in PublishPacket publish)
    {
        var (code, sentence) = (ReasonCode.NotAuthorized, (string?)"With a registration key a device publishes to v1/register, and to nothing else.");
        if (MqttRegistration.IsAsked(publish.Topic))
        {
            if (!_registration!.HasReply(publish.Payload)) return ReadAgain(publish, DrainOutcome.Registering);
            (code, sentence) = _registration.Reply(_door.Plain.Post, _session!, publish.Properties, _now.Microseconds / 1000);
        }
        _counted.Messages++;
        if (publish.Qos > 0) _engine.Answer(publish.Qos, publish.PacketId, code, sentence, 0);
        return DrainOutcome.NeedMore;
    }

    /// <summary>The thing asks for its next certificate: the answer is a message of its own.</summary>
    private DrainOutcome AskForCertificate(in PublishPacket publish)
    {
        var taken = _door.Renewals.Writer.TryWrite(RenewalRequest.From(_session!, _transport.Remote, publish));
        _counted.Messages++;
        Figures.MessagesIn[publish.Qos]++;
        var (code, reason) = taken || _engine.Version != MqttVersion.V5 ? (ReasonCode.Success, null) : (ReasonCode.QuotaExceeded, "Too many things ask for certificates at this moment. Try again later.");
        return publish.Qos == 0 || _engine.Answer(publish.Qos, publish.PacketId, code, reason, 0) ? DrainOutcome.NeedMore : AnswerNoRoom(publish);
    }

    private DrainOutcome PublishPlain(in PublishPacket publish, PublishTarget target)
    {
        var receipt = publish.Qos == 2 && _session!.Durable is not null ? publish.PacketId : (ushort)0;
        // What nobody hears or keeps is not made into a message.
        var heard = _door.Plain.IsHeard(publish.Topic, ref target.Route);
        var posted = default(Posted);
        if (heard || publish.Retain || receipt != 0)
        {
            var sender = new Sender(_session, receipt, publish.Qos == 0 ? null : _commits, Place: _place);
            (posted, heard) = _door.Plain.Publish(MqttMessage.From(publish, target.Topic, _now.Microseconds / 1000), sender, ref target.Route);
        }
        if (posted.Outcome != AppendOutcome.Appended) return posted.Outcome == AppendOutcome.Full ? ReadAgain(publish, DrainOutcome.LogFull) : AnswerNoRoom(publish);
        if (posted.Batch != 0 && publish.Qos > 0) Await(posted.Batch);
        if (!_engine.Answer(publish.Qos, publish.PacketId, heard || publish.Qos != 1 ? ReasonCode.Success : ReasonCode.NoMatchingSubscribers, null, posted.Batch))
            return AnswerNoRoom(publish);
        _counted.Messages++;
        Figures.MessagesIn[publish.Qos]++;
        return DrainOutcome.NeedMore;
    }

    /// <summary>What was mapped to observations goes to subscribers as well. The receipt lies with this record, the last: a resend of the observations alone would be recognised.</summary>
    private AppendResult PublishAlso(in PublishPacket publish, PublishTarget target, AppendResult mapped)
    {
        var receipt = publish.Qos == 2 && Receipt(publish.PacketId) is not null ? publish.PacketId : (ushort)0;
        var sender = new Sender(_session, receipt, publish.Qos == 0 ? null : _commits, Insists: true);
        var (posted, _) = _door.Plain.Publish(MqttMessage.From(publish, target.Topic, _now.Microseconds / 1000), sender, ref target.Route);
        return posted.Outcome == AppendOutcome.Appended && posted.Batch == 0 ? mapped : new AppendResult(posted.Outcome, posted.Batch);
    }

    /// <summary>What a session that outlives its connection keeps of a message of QoS 2 that was read: nothing where the client is told that it may use the identifier again.</summary>
    private MessageReceipt? Receipt(ushort packetId)
    {
        if (_session!.Durable is not { } durable) return null;
        if (Read.Refused > 0 && _engine.Version == MqttVersion.V5 && RefusalAnswer.Code(Read) >= ReasonCode.UnspecifiedError) return null;
        return new MessageReceipt(durable.Number, packetId);
    }

    private DrainOutcome Answer(in PublishPacket publish, long batch)
    {
        if (publish.Qos == 2) _session!.Durable?.Note(batch);
        _counted.Messages++;
        Figures.MessagesIn[publish.Qos]++;
        _counted.Observations += Read.Observations.Length;
        _counted.Refusals += Read.Refused;
        if (publish.Qos == 0) return DrainOutcome.NeedMore;
        Await(batch);
        var answered = Read.Refused == 0
            ? _engine.Answer(publish.Qos, publish.PacketId, ReasonCode.Success, null, batch)
            : _engine.Answer(publish.Qos, publish.PacketId, RefusalAnswer.Code(Read), RefusalAnswer.Sentence(Read), batch);
        return answered ? DrainOutcome.NeedMore : AnswerNoRoom(publish);
    }

    private void Await(long batch)
    {
        if (batch == _awaited) return;
        _awaited = batch;
        _probe.Begin(batch, _heard);
        _transport.Await(this, batch);
    }

    /// <summary>The message is read again after a wait: it has not been received yet.</summary>
    private DrainOutcome ReadAgain(in PublishPacket publish, DrainOutcome after)
    {
        if (publish.Qos == 2) _session!.State.Release(publish.PacketId);
        return after;
    }

    private DrainOutcome AnswerNoRoom(in PublishPacket publish)
    {
        var reason = _door.Intake.Log.State.Reason ?? "The disk takes nothing at present.";
        if (publish.Qos == 0)
        {
            _door.Metrics.Dropped("mqtt", 1);
            return DrainOutcome.NeedMore;
        }
        if (_engine.Version == MqttVersion.V5)
        {
            _engine.Answer(publish.Qos, publish.PacketId, ReasonCode.QuotaExceeded, reason, 0);
            return DrainOutcome.NeedMore;
        }
        // MQTT 3.1.1 cannot refuse a message: closing without acknowledgement makes the client send it again.
        if (publish.Qos == 2) _session!.State.Release(publish.PacketId);
        _ended = reason;
        return DrainOutcome.Close;
    }

    /// <summary>Waits for what made <see cref="Drain(ReadOnlySpan{byte}, out int)"/> stop. False: close.</summary>
    public async ValueTask<bool> ResumeAsync(DrainOutcome outcome, CancellationToken stop)
    {
        Volatile.Write(ref _waits, true);
        var goesOn = await WaitAsync(outcome, stop);
        // What the client sent meanwhile was not read: its silence was ours.
        Heard();
        Volatile.Write(ref _waits, false);
        return goesOn;
    }

    private async ValueTask<bool> WaitAsync(DrainOutcome outcome, CancellationToken stop)
    {
        switch (outcome)
        {
            case DrainOutcome.SignIn:
                return await SignInAsync(stop);
            case DrainOutcome.TooFast:
                Figures.HeldBack++;
                await Task.Delay(TimeSpan.FromSeconds((double)_pause / _door.Intake.Clock.TimestampFrequency), _door.Intake.Clock, stop);
                return true;
            case DrainOutcome.LogFull:
                await _door.Intake.Log.WaitForRoomAsync(_place ??= new SenderPlace(), stop);
                return true;
            case DrainOutcome.Registering:
                await (_registration?.AskAsync(stop) ?? _door.Arrivals.RegisterAsync(_arrival!, stop));
                return true;
            default:
                var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Volatile.Write(ref _ackRoom, room);
                if (_output.Settle() >= _door.Limits.ReceiveMaximum) await room.Task.WaitAsync(stop);
                Volatile.Write(ref _ackRoom, null);
                return true;
        }
    }

    private async ValueTask<bool> SignInAsync(CancellationToken stop)
    {
        var request = _request!;
        var gate = _door.Bounds.Gate;
        var lane = ConnectGate.LaneOf(request);
        var turn = await gate.WaitTurnAsync(lane, stop);
        if (turn != ReasonCode.Success) return Refuse(turn, "The server has more connections to let in than it can at present. Try again later.");
        try
        {
            var (caller, code, reason) = await _door.Admission.DecideAsync(request, _engine.Version, _transport.Remote, stop);
            if (caller is not null) return await AcceptAsync(request, caller, stop);
            if (request.UserName is not null && code is ReasonCode.BadUserNameOrPassword or ReasonCode.NotAuthorized) _door.Bounds.Failures.Failed(_transport.Remote?.Address);
            return Refuse(code, reason);
        }
        finally
        {
            gate.Done(lane);
        }
    }

    private bool Refuse(ReasonCode code, string? reason)
    {
        _door.Log.Refused(_transport.Remote, code);
        _door.Metrics.RefusedConnect(code);
        _engine.Refuse(code, reason);
        _ended = reason ?? "refused";
        return false;
    }

    private async ValueTask<bool> AcceptAsync(ConnectRequest request, Caller caller, CancellationToken stop)
    {
        var answer = new ConnectAnswer(_door, _engine, request, caller);
        _rights = _door.Plain.Rules.For(caller, answer.ClientId);
        _engine.RetainAvailable = _rights.MayRetain;
        if (request.Will is { Retain: true } && !_rights.MayRetain && _engine.Version == MqttVersion.V5)
            return Refuse(ReasonCode.RetainNotSupported, "Retained messages are not available to this caller.");
        var known = _door.Sessions.Find(caller, answer.ClientId);
        if (known is null && _door.Sessions.IsFull(caller, _door.Bounds.Options.SessionsPerCaller))
            return Refuse(ReasonCode.QuotaExceeded, $"'{caller.Name}' has as many sessions as one may.");
        if (!_door.Bounds.Holdings.TryEnter(caller, replaces: known?.Connection is not null, out _holding, out var reason)) return Refuse(ReasonCode.QuotaExceeded, reason);
        _expiry = answer.SessionExpiry;
        if (caller.IsRegistering) _registration = new MqttRegistration(_door.Admission.Gate.Registrations, request, _transport.Remote);
        _targets = new PublishTargets(_door.Intake, _rights);
        _originSeed = XxHash3.HashToUInt64(System.Text.Encoding.UTF8.GetBytes($"{caller.Name}\n{answer.ClientId}"));
        var opened = _door.Sessions.Open(new SessionRequest(caller, answer.ClientId, request.CleanStart, _expiry, request.Will, request.WillDelay), this);
        if (opened.DueWill is { } due) new WillPublisher(_door).Publish(due.Session, due.Will);
        _session = opened.Session;
        _door.Plain.Routes.Book(_session, _holding.Organisation);
        if (opened.Present) new SubscriptionDesk(_door, _session, _rights).Review();
        if (!await IsOnDiskAsync(opened.Batch, stop)) return Refuse(ReasonCode.ServerUnavailable, _door.Intake.Log.State.Reason);
        _silenceAllowed = answer.KeepAlive * 1.5;
        Facts = new ConnectionFacts(_transport.Remote, _origin, _engine.Version, _door.Intake.Now, answer.KeepAlive, answer.SessionExpiry);
        _newcomer?.Leave();
        _door.Metrics.Accepted();
        _door.Log.Connected(answer.ClientId, _transport.Remote, _engine.Version);
        _output.BeforeTake = SendMore;
        return _accepted = _door.Sessions.IfHeld(_session, this, () => _engine.Accept(_session.State, opened.Present, answer.Properties(_rights.MayRetain)));
    }

    /// <summary>A session is promised only when it is on disk that there is one, or that the one before it is gone.</summary>
    private async ValueTask<bool> IsOnDiskAsync(long batch, CancellationToken stop) =>
        batch == 0 || (batch != ISessionJournal.Refused && await _door.Intake.Log.CommittedAsync(batch, stop) == CommitOutcome.Committed);

    private void SendMore()
    {
        // What a session promised besides acknowledging messages waits for the journal, which tells nobody but that there is something to send.
        if (_session!.Durable is { } durable) _output.Committed(durable.Kept);
        if (_session!.State.Pump(_door.Intake.Now.Microseconds / 1000, onlyStalled: true)) _transport.Kick();
    }

    public void OnBatch(long batch, CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.Committed) _output.Committed(batch);
        else
        {
            var reason = _door.Intake.Log.State.Reason ?? "The message could not be written to disk.";
            if (!_output.Failed(batch, reason, id => _session!.State.Release(id))) _transport.Close();
        }
        if (_probe.End(batch) is { } since) _door.Metrics.Acknowledged(_door.Intake.Clock.GetElapsedTime(since));
        Volatile.Read(ref _ackRoom)?.TrySetResult();
        _transport.Kick();
    }

    /// <summary>There is something for the client.</summary>
    public void Kick() => _transport.Kick();

    /// <summary>Another connection of the same client has the session now.</summary>
    public void TakeOver()
    {
        _holding?.Leave();
        Close(ReasonCode.SessionTakenOver, "another connection of the same client took the session over");
    }

    /// <summary>Nothing leaves any more but the reason. Any thread, whatever locks it holds.</summary>
    public void Cut(ReasonCode code, string reason)
    {
        _ended = reason;
        _output.WriteDisconnect(code, null);
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection._transport.Close(), this, preferLocal: false);
    }

    /// <summary>Closes the connection and ends its session with it.</summary>
    public void CloseForGood()
    {
        Volatile.Write(ref _expiry, 0);
        Close(ReasonCode.AdministrativeAction, "its session was ended by an operator");
    }

    /// <summary>Takes a place among those who have not signed in. False when there is none.</summary>
    internal bool EnterAsNewcomer()
    {
        _newcomer = _door.Bounds.Newcomers.Enter(this);
        return _newcomer is not null;
    }

    /// <summary>It has said nothing yet, and others want its place.</summary>
    internal void GiveWay()
    {
        _ended = "silent while others waited to be let in";
        _transport.Abort();
    }

    /// <summary>Called once a second: notes rates, and closes who has been silent for too long.</summary>
    public void Sweep()
    {
        if (_door.Metrics.TimesAcknowledgements) _probe.Ask();
        if (_session is { } session) Figures.Sweep(_output.Dropped + session.State.Dropped, !_output.HasRoom || session.State.Waiting > _door.Options.MaxQueuedMessages / 2);
        if (!Volatile.Read(ref _waits) || _sweepsSinceClose >= 0) CheckSilence();
    }

    public void Close(ReasonCode code, string reason)
    {
        _ended = reason;
        _output.WriteDisconnect(code, reason);
        _sweepsSinceClose = Math.Max(0, _sweepsSinceClose);
        _transport.Close();
    }

    /// <summary>Closes the connection when nothing has been heard for one and a half keep-alives, or no CONNECT came in time.</summary>
    private void CheckSilence()
    {
        // Told to close some seconds ago and still here: the peer does not take its last bytes.
        if (_sweepsSinceClose >= 0)
        {
            if (++_sweepsSinceClose > 5) _transport.Abort();
            return;
        }
        var allowed = _silenceAllowed;
        var since = _engine.IsConnected ? Volatile.Read(ref _heard) : _began;
        if (allowed <= TimeSpan.Zero || _door.Intake.Clock.GetElapsedTime(since) < allowed) return;
        _ended = "silent for longer than its keep-alive allows";
        if (_engine.IsConnected) _output.WriteDisconnect(ReasonCode.KeepAliveTimeout, _ended);
        _sweepsSinceClose = 0;
        _transport.Close();
    }

    /// <summary>The connection is over. Called once by the transport.</summary>
    public void End()
    {
        _output.Close();
        _newcomer?.Leave();
        _holding?.Leave();
        _door.Forget(this);
        _door.Log.Left(_session?.ClientId, _transport.Remote, _ended);
        if (_session is not { } session || _request is not { } request) return;
        session.State.Detach(_output);
        var will = _said || !_accepted ? null : request.Will;
        var keeps = ReferenceEquals(session.Connection, this);
        var delayed = keeps && request.WillDelay > 0 && _expiry > 0;
        // Before the session is said to be without a connection: after a crash in between, the will comes once more rather than not at all.
        if (will is not null && !delayed) new WillPublisher(_door).Publish(session, will);
        _door.Sessions.Leave(session, this, TimeSpan.FromSeconds(_expiry), delayed ? will : null, TimeSpan.FromSeconds(request.WillDelay), _door.Intake.Clock.GetUtcNow());
    }
}
