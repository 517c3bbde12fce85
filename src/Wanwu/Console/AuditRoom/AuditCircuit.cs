using Microsoft.AspNetCore.Components.Server.Circuits;
using Wanwu.Console.Parts;
using Wanwu.Security.Audit;

namespace Wanwu.Console.AuditRoom;

/// <summary>Says, for whatever a person sets off on a page, on whose behalf it runs: what pages change is recorded where it is changed.</summary>
internal sealed class AuditCircuit(Visitor visitor, IHttpContextAccessor http) : CircuitHandler
{
    private readonly string? _address = http.HttpContext?.Connection.RemoteIpAddress?.ToString();
    private string? _circuit;

    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        // Its beginning only: the whole of it lets others join the circuit.
        _circuit = $"circuit {circuit.Id[..Math.Min(8, circuit.Id.Length)]}";
        return Task.CompletedTask;
    }

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) => async activity =>
    {
        Origin.Current = new Origin(Origin.Of(await visitor.CallerAsync()), "console", _address, _circuit);
        await next(activity);
    };
}
