using Xunit;

namespace PixArt.TestKit;

/// <summary>Waits for what another thread or process brings about.</summary>
public static class Wait
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Returns as soon as a condition holds; a failure when it does not within a minute.</summary>
    /// <param name="condition">Is looked at again and again.</param>
    public static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, s_patience), "what was waited for did not come within a minute");
}
