using PixArt.Torch;

namespace PixArt.TestKit;

/// <summary>Where tests of models compute: <c>PIXART_TEST_DEVICE</c> names another device than the CPU, such as <c>cuda</c>. There,
/// products are exact fp32, not TF32, so that the same tolerances hold.</summary>
public static class TestDevice
{
    static readonly Lazy<Device> s_current = new(Find);

    public static Device Current => s_current.Value;

    static Device Find()
    {
        var device = Environment.GetEnvironmentVariable("PIXART_TEST_DEVICE") is { Length: > 0 } name ? Device.Parse(name) : Device.Cpu;
        if (device.IsCuda) LibTorch.AllowTf32 = false;
        return device;
    }
}
