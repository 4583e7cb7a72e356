using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.TestKit;

/// <summary>Writes the decoders of tiny autoencoders with random weights, always the same ones.</summary>
public static class TinyDecoderFolders
{
    /// <summary>A component folder; what lies there is replaced.</summary>
    public static void Write(string folder, AutoencoderTinyConfig config)
    {
        using var generator = new Generator(5);
        using var decoder = new TinyDecoder(config, new ParameterStore(initialize: generator));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
        SafetensorsWriter.Write(
            Path.Combine(folder, "diffusion_pytorch_model.safetensors"), decoder.Parameters.Names.Select(name => KeyValuePair.Create(name, decoder.Parameters[name])));
    }
}
