using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Training;

/// <summary>Names one random stream: the run's seed, what it is for, and when. Equal keys give equal streams, so a resumed
/// run draws what the uninterrupted one would have drawn.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Purpose">What is drawn.</param>
/// <param name="Step">The optimizer step, or another counter such as the epoch or the sample index.</param>
/// <param name="MicroStep">The position inside a step under gradient accumulation.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RandomKey(ulong Seed, RandomPurpose Purpose, long Step = 0, int MicroStep = 0)
{
    /// <summary>The stream's own seed.</summary>
    public ulong Value
    {
        get
        {
            var mixed = SplitMix64.Mix(Seed + 0x9E3779B97F4A7C15);
            mixed = SplitMix64.Mix(mixed ^ ((ulong)Purpose + 0xD1B54A32D192ED03));
            mixed = SplitMix64.Mix(mixed ^ ((ulong)Step + 0x8CB92BA72F3D8DD7));
            return SplitMix64.Mix(mixed ^ ((ulong)MicroStep + 0xABC98388FB8FAC03));
        }
    }

    /// <summary>The stream for draws on the host.</summary>
    public SplitMix64 Stream() => new(Value);

    /// <summary>The stream for tensors. The caller disposes it.</summary>
    /// <param name="device">Where it draws: the CPU by default. Each kind of device has numbers of its own.</param>
    public Generator Generator(Device? device = null) => new(Value, device);
}
