using System.Runtime.ExceptionServices;
using PixArt.Torch;
using Xunit.Sdk;

namespace PixArt.TestKit;

/// <summary>Fails, when disposed, if more (or fewer) tensors live than when it was made. Make it first in a test, with
/// <c>using var leak = new LeakCheck();</c>, so that it is disposed last.</summary>
public sealed class LeakCheck : IDisposable
{
    readonly long _before = Live;
    readonly int _thread = Environment.CurrentManagedThreadId;
    Exception? _last;

    public LeakCheck() => AppDomain.CurrentDomain.FirstChanceException += Remember;

    /// <summary>Tensors alive beyond those at the beginning.</summary>
    public long Leaked => Live - _before;

    static long Live => LibTorch.LiveTensorCount;

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Remember;
        if (Leaked == 0) return;
        // A test that fails often leaks too; this exception replaces the test's own, so it tells that one as well.
        var cause = _last is null ? "" : $"; the last exception was: {_last}";
        throw new XunitException($"{_before} tensors were alive before, {_before + Leaked} are after{cause}");
    }

    void Remember(object? sender, FirstChanceExceptionEventArgs e)
    {
        if (Environment.CurrentManagedThreadId == _thread) _last = e.Exception;
    }
}
