using System.Net;

namespace Wanwu.Hosting.Options;

/// <summary>One address of the HTTP door: scheme, IP address (or any) and port.</summary>
internal readonly record struct HttpAddress(bool IsSecure, IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    public static bool TryParse(string url, out HttpAddress address)
    {
        address = default;
        // Kestrel's wildcards are not host names, so they are put into a form that a URI can carry.
        var text = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return false;
        if (uri.AbsolutePath is not "/" || uri.Query.Length > 0) return false;
        var host = uri.DnsSafeHost;
        var ip = host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(host, out var parsed) ? parsed : null;
        if (ip is null) return false;
        address = new HttpAddress(uri.Scheme == "https", ip, uri.Port);
        return true;
    }
}
