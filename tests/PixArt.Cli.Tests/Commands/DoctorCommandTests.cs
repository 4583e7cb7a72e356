using PixArt.Cli.Commands;
using PixArt.Cli.Diagnosis;
using PixArt.Torch;

namespace PixArt.Cli.Tests.Commands;

public sealed class DoctorCommandTests
{
    readonly Captured _captured = new();

    [Fact]
    public async Task Doctor_on_a_machine_that_runs_the_tests_finds_everything()
    {
        Assert.Equal(0, await Shell.RunAsync(["doctor"], _captured.Terminal, CancellationToken.None));
        Assert.Contains($"libtorch       {LibTorch.Version}", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("libsentencepiece.so", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("libvips", _captured.Out, StringComparison.Ordinal);
        Assert.EndsWith("all there\n", _captured.Out, StringComparison.Ordinal);
        Assert.Equal("", _captured.Error);
    }

    [Fact]
    public void Run_SomethingMissing_SaysWhatToDoAndFails()
    {
        var code = DoctorCommand.Run(_captured.Terminal, [new("a", "1"), new("libx", "missing: no", "apt-get install x", Missing: true)]);
        Assert.Equal(1, code);
        Assert.Equal("a     1\nlibx  missing: no\n      -> apt-get install x\nmissing: libx\n", _captured.Out);
    }

    [Fact]
    public void Probe_ThatThrows_IsAFinding()
    {
        var finding = Probe.Run("libx", "install it", needed: true, () => throw new DllNotFoundException("not\nthere"));
        Assert.Equal(new Finding("libx", "missing: not there", "install it", Missing: true), finding);
    }
}
