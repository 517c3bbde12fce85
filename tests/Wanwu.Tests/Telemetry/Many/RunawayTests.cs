using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>A question that would run for hours is broken off by each who may do so, and holds up nothing meanwhile.</summary>
public sealed class RunawayTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    /// <summary>Multiplies many numbers with many; says when it has begun.</summary>
    private sealed class Runaway(Scope scope, bool isEndless) : Question(scope)
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public override IReadOnlyList<Column> Columns { get; } = [new("sum", ColumnKind.Number)];

        public override Portion Ask(Asked asked, Place place, long most, RowFormat rows)
        {
            _begun.TrySetResult();
            using var command = asked.Connection.CreateCommand();
            using var reader = asked.Read(command, $"SELECT sum(sin(a.range * b.range)) FROM range(10000000) a, range({(isEndless ? 10_000_000 : 1)}) b");
            return new Portion(reader.Read() ? 1 : 0, null, null);
        }
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly QueryThreads _threads;
        private readonly Scope _scope;

        public Rig(QueryOptions? options = null)
        {
            var settings = Options.Create(options ?? new QueryOptions());
            _threads = new QueryThreads(settings);
            Queries = new ManyQueries(Telemetry.Database, Telemetry.Loader, new QueryTurns(settings), _threads, settings, Clock);
            _scope = new Scope(Lines.OfSeries([]), 0, 1, null, null, Telemetry.Relations);
        }

        public TelemetryRig Telemetry { get; } = new();
        public FakeTimeProvider Clock { get; } = new();
        public ManyQueries Queries { get; }

        public Runaway Endless() => new(_scope, isEndless: true);

        public async Task<Portion> AskAsync(Runaway question, CancellationToken stop = default)
        {
            Assert.Equal(Admission.Admitted, Queries.Turns.Enter("a"));
            using var rows = new JsonFormat(question.Columns, byLine: true);
            try
            {
                return await Queries.AskAsync("a", question, question.Start(), 1, rows, stop);
            }
            finally
            {
                Queries.Turns.Leave("a");
            }
        }

        public async Task IsStillOfUseAsync()
        {
            Assert.Equal((0, 0), Queries.Turns.Now);
            Assert.Equal(1, (await AskAsync(new Runaway(_scope, isEndless: false)).WaitAsync(Soon, TestContext.Current.CancellationToken)).Rows);
        }

        public async ValueTask DisposeAsync()
        {
            Queries.Dispose();
            _threads.Dispose();
            await Telemetry.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_it()
    {
        await using var rig = new Rig(new QueryOptions { Concurrent = 1 });
        using var gone = new CancellationTokenSource();
        var question = rig.Endless();
        var answer = rig.AskAsync(question, gone.Token);
        await question.Begun.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WaitAsync(Soon, TestContext.Current.CancellationToken));
        await rig.IsStillOfUseAsync();
    }

    [Fact]
    public async Task Its_time_being_over_ends_it_and_the_asker_is_told_what_to_do()
    {
        await using var rig = new Rig(new QueryOptions { Concurrent = 1, DeadlineSeconds = 5 });
        var question = rig.Endless();
        var answer = rig.AskAsync(question, TestContext.Current.CancellationToken);
        await question.Begun.WaitAsync(Soon, TestContext.Current.CancellationToken);
        rig.Clock.Advance(TimeSpan.FromSeconds(6));
        var fault = await Assert.ThrowsAsync<QueryException>(() => answer.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal(503, fault.Status);
        Assert.Contains("5 seconds", fault.Message, StringComparison.Ordinal);
        await rig.IsStillOfUseAsync();
    }

    [Fact]
    public async Task A_load_that_finds_no_memory_ends_the_largest()
    {
        await using var rig = new Rig();
        var question = rig.Endless();
        var answer = rig.AskAsync(question, TestContext.Current.CancellationToken);
        await question.Begun.WaitAsync(Soon, TestContext.Current.CancellationToken);
        rig.Telemetry.Database.TellShortOfMemory();
        var fault = await Assert.ThrowsAsync<QueryException>(() => answer.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Contains("memory", fault.Message, StringComparison.Ordinal);
        await rig.IsStillOfUseAsync();
    }

    [Fact]
    public async Task What_comes_in_is_acknowledged_loaded_and_answered_while_runaways_hold_every_turn()
    {
        await using var rig = new Rig(new QueryOptions { Concurrent = 2 });
        using var stop = new CancellationTokenSource();
        Runaway[] questions = [rig.Endless(), rig.Endless()];
        Task[] answers = [.. questions.Select(question => rig.AskAsync(question, stop.Token))];
        await Task.WhenAll(questions.Select(question => question.Begun)).WaitAsync(Soon, TestContext.Current.CancellationToken);
        var thing = ThingId.New(TimeProvider.System);
        for (var i = 0; i < 20; i++)
        {
            var append = rig.Telemetry.Append(thing, rig.Telemetry.Observe(thing, "p", Value.OfInteger(i), new Timestamp(i)));
            await rig.Telemetry.CommitAsync(append).WaitAsync(Soon, TestContext.Current.CancellationToken);
            await rig.Telemetry.LoadAsync().WaitAsync(Soon, TestContext.Current.CancellationToken);
        }
        Assert.Equal(20, (await rig.Telemetry.RowsAsync(rig.Telemetry.Series.Of(thing).Find(PropertyName.Parse("p"))!)).Count);
        Assert.All(answers, answer => Assert.False(answer.IsCompleted));
        await stop.CancelAsync();
        foreach (var answer in answers) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WaitAsync(Soon, TestContext.Current.CancellationToken));
    }
}
