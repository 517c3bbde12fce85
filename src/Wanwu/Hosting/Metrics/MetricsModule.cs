using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Wanwu.Hosting.Options;
using Wanwu.Security.Access;

namespace Wanwu.Hosting.Metrics;

/// <summary>Collects what the rooms count and hands it to Prometheus and to an OpenTelemetry collector, where the settings ask for it. Otherwise nothing is collected.</summary>
internal static class MetricsModule
{
    /// <summary>Ours, and what the runtime and the web server tell of themselves.</summary>
    private static readonly string[] Meters = ["Wanwu.*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Hosting"];
    private static readonly double[] AckSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public static void AddMetricsOut(this WebApplicationBuilder builder)
    {
        builder.AddSettings<MetricsOptions>("Metrics");
        // A value that cannot be read is told with all other faults, before anything starts.
        if (!TryRead(builder.Configuration, out var options) || (!options.Prometheus && options.OtlpEndpoint is null)) return;
        builder.Services.AddSingleton<PrometheusPage>();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("wanwu", serviceVersion: Product.Version)).WithMetrics(metrics =>
        {
            metrics.AddMeter(Meters).AddView("wanwu.mqtt.acknowledgement.duration", new ExplicitBucketHistogramConfiguration { Boundaries = AckSeconds });
            if (options.Prometheus) metrics.AddReader(services => new BaseExportingMetricReader(services.GetRequiredService<PrometheusPage>()));
            if (options.OtlpEndpoint is not null) metrics.AddOtlpExporter((exporter, reader) => Configure(options, exporter, reader));
        });
    }

    private static bool TryRead(ConfigurationManager configuration, out MetricsOptions options)
    {
        options = new MetricsOptions();
        try
        {
            configuration.GetSection("Metrics").Bind(options);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void Configure(MetricsOptions options, OtlpExporterOptions exporter, MetricReaderOptions reader)
    {
        exporter.Endpoint = new Uri(options.OtlpEndpoint!);
        exporter.Protocol = options.OtlpProtocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        if (options.OtlpHeaders is { } headers) exporter.Headers = headers;
        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = options.OtlpIntervalSeconds * 1000;
    }

    public static void MapMetrics(this WebApplication app)
    {
        if (app.Services.GetService<Microsoft.Extensions.Options.IOptions<MetricsOptions>>()?.Value.Prometheus != true) return;
        app.MapGet("/metrics", (PrometheusPage page) => Results.Text(page.Write(), "text/plain; version=0.0.4; charset=utf-8"))
            .RequireAuthorization(Permission.ReadConnections.PolicyEverywhere()).ExcludeFromDescription();
    }
}
