using PixArt.Torch;

namespace PixArt.Cli.Diagnosis;

/// <summary>Looks at one thing of this machine.</summary>
internal static class Probe
{
    /// <summary>Looks; a failure becomes a finding with its reason.</summary>
    public static Finding Run(string name, string advice, bool needed, Func<Finding> look)
    {
        try
        {
            return look();
        }
        catch (Exception error) when (error is PixArtException or TorchException or DllNotFoundException
            or EntryPointNotFoundException or BadImageFormatException)
        {
            return new Finding(name, $"missing: {error.Message.ReplaceLineEndings(" ")}", advice, needed);
        }
    }
}
