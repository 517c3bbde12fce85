using System.ComponentModel.DataAnnotations;

namespace Wanwu.Hosting.Metrics;

/// <summary>How metrics leave the server over OTLP.</summary>
internal enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
}

/// <summary>Metrics out of the server: to be scraped, or sent. Section <c>Metrics</c>.</summary>
internal sealed record MetricsOptions : IValidatableObject
{
    /// <summary>Serves the metrics as Prometheus reads them at <c>/metrics</c>, to callers that may see who is connected (a bearer token, as everywhere).</summary>
    public bool Prometheus { get; init; }

    /// <summary>Sends the metrics to this OpenTelemetry collector, as <c>http://collector:4317</c>; nothing is sent unless it is given.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>What the collector speaks: <c>Grpc</c>, or <c>HttpProtobuf</c> (then the endpoint is the whole address, as <c>http://collector:4318/v1/metrics</c>).</summary>
    public OtlpProtocol OtlpProtocol { get; init; }

    /// <summary>Headers for the collector, as <c>authorization=Bearer …,x-tenant=north</c>.</summary>
    public string? OtlpHeaders { get; init; }

    /// <summary>Seconds between two sendings.</summary>
    [Range(1, 3600)] public int OtlpIntervalSeconds { get; init; } = 30;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OtlpEndpoint is not null && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            yield return new ValidationResult("must be an address as http://collector:4317.", [nameof(OtlpEndpoint)]);
    }
}
