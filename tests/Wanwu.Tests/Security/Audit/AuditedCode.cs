using Mono.Cecil;

namespace Wanwu.Tests.Security.Audit;

/// <summary>The server's code as a graph of calls: what a method calls, its lambdas and what it awaits included.</summary>
internal sealed class AuditedCode
{
    private readonly ModuleDefinition _module;
    private readonly Dictionary<MethodDefinition, HashSet<MethodReference>> _calls = [];
    private readonly HashSet<MethodDefinition> _recording;

    /// <summary>Where records are written; whatever comes to one of these is recorded.</summary>
    private static readonly string[] Sinks =
        ["Wanwu.Security.Audit.AuditTrail::AppendAsync", "Wanwu.Security.Audit.AuditTrail::Note", "Wanwu.Registry.RegistryWriter::WriteAsync", "Wanwu.Security.Audit.AuditedActs::DoAsync"];

    public AuditedCode(string assembly)
    {
        _module = ModuleDefinition.ReadModule(assembly);
        foreach (var method in _module.GetTypes().SelectMany(type => type.Methods)) _calls[method] = CallsOf(method);
        _recording = [.. _calls.Keys.Where(method => Sinks.Any(sink => NameOf(method) == sink))];
        var callers = _calls.SelectMany(each => each.Value.Select(called => (Caller: each.Key, Called: Of(called)))).Where(pair => pair.Called is not null).ToLookup(pair => pair.Called!, pair => pair.Caller);
        for (var open = new Stack<MethodDefinition>(_recording); open.TryPop(out var method);)
            foreach (var caller in callers[method])
                if (_recording.Add(caller)) open.Push(caller);
    }

    public IEnumerable<MethodDefinition> Methods => _calls.Keys;

    public IReadOnlyCollection<MethodReference> Calls(MethodDefinition method) => _calls[method];

    /// <summary>Whether it comes, by whatever way, to where a record is written.</summary>
    public bool Records(MethodDefinition method) => _recording.Contains(method);

    public MethodDefinition Of(System.Reflection.MethodInfo method) => (MethodDefinition)_module.LookupToken(method.MetadataToken);

    /// <summary>The server's own method behind a reference; null for others' code.</summary>
    public MethodDefinition? Of(MethodReference method) => method.DeclaringType.Scope == _module || method.DeclaringType.Scope.Name == _module.Assembly.Name.Name ? method.Resolve() : null;

    public static string NameOf(MethodReference method) => $"{method.DeclaringType.GetElementType().FullName}::{method.Name}";

    private static HashSet<MethodReference> CallsOf(MethodDefinition method)
    {
        HashSet<MethodReference> calls = [.. method.HasBody ? method.Body.Instructions.Select(each => each.Operand).OfType<MethodReference>() : []];
        // What the compiler has made of async and iterator methods.
        foreach (var attribute in method.CustomAttributes.Where(attribute => attribute.AttributeType.Name.EndsWith("StateMachineAttribute", StringComparison.Ordinal)))
            calls.UnionWith(((TypeReference)attribute.ConstructorArguments[0].Value).Resolve().Methods.Where(step => step.Name == "MoveNext"));
        return calls;
    }
}
