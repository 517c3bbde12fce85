using Microsoft.AspNetCore.WebUtilities;
using Wanwu.Connect.Mqtt.Operations;

namespace Wanwu.Console.ClientRoom;

/// <summary>What the list of clients is narrowed to, as the address holds it.</summary>
internal sealed record ClientQuery(string Text = "", string State = "")
{
    public bool IsFiltered => Text.Length > 0 || State.Length > 0;
    public ClientFilter Filter => new(Text.Length > 0 ? Text : null, null, State.Length > 0 ? State : null);

    public static ClientQuery Read(string address)
    {
        var parts = QueryHelpers.ParseQuery(new Uri(address).Query);
        var state = parts.TryGetValue("state", out var given) ? given.ToString() : "";
        return new ClientQuery(parts.TryGetValue("q", out var text) ? text.ToString() : "", ClientFilter.States.Contains(state) ? state : "");
    }

    public string ToQuery()
    {
        var parts = new Dictionary<string, string?>();
        if (Text.Length > 0) parts["q"] = Text;
        if (State.Length > 0) parts["state"] = State;
        return QueryHelpers.AddQueryString("", parts);
    }
}
