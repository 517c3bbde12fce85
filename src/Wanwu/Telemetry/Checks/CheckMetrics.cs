using System.Diagnostics.Metrics;

namespace Wanwu.Telemetry.Checks;

/// <summary>What the checks at ingest mark, under the meter <c>Wanwu.Telemetry</c>.</summary>
internal sealed class CheckMetrics(ObservationLog log, IMeterFactory meters) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        meters.Create("Wanwu.Telemetry").CreateObservableCounter("wanwu.observations.suspect", Suspect, "{observation}",
            "Observations that a check of the model has marked suspect, by check; one that fails several counts with each.");
        return Task.CompletedTask;
    }

    private IEnumerable<Measurement<long>> Suspect() => PlausibilityChecks.All.Select(check =>
        new Measurement<long>(log.Suspect.TotalOf(check), new KeyValuePair<string, object?>("check", PlausibilityChecks.NameOf(check))));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
