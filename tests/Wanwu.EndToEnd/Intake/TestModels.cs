namespace Wanwu.EndToEnd.Intake;

/// <summary>A thing model that says exactly what a boiler may report.</summary>
internal static class TestModels
{
    public const string Boiler = """
        {
          "@context": "https://www.w3.org/2022/wot/td/v1.1",
          "@type": "tm:ThingModel",
          "id": "urn:uuid:0b1f5b1e-6d3f-8f3a-9a0e-6a1d2f0c4b11",
          "title": "Boiler",
          "properties": {
            "temperature": { "type": "number", "unit": "Cel", "minimum": -50, "maximum": 150, "readOnly": true },
            "running": { "type": "boolean", "readOnly": true }
          }
        }
        """;
}
