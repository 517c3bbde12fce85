namespace Wanwu.Tests.Connect.Transport;

/// <summary>Waits for what another thread brings about and nobody tells of.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> happened, Action? meanwhile = null)
    {
        for (var turns = 0; !happened(); turns++)
        {
            Assert.True(turns < 10_000, "Waited in vain.");
            meanwhile?.Invoke();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
