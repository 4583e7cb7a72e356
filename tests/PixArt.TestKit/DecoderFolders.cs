using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.TestKit;

/// <summary>Writes little consistency decoders with random weights.</summary>
public static class DecoderFolders
{
    /// <summary>A component folder for latents of half the picture's side.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="levels">Resolutions: 2 for latents of half the picture's side, 3 for a quarter.</param>
    public static string Write(string folder, int levels = 2)
    {
        Directory.CreateDirectory(folder);
        var widths = string.Join(", ", new[] { 4, 8, 8 }.Take(levels));
        var config = $$"""
            {"_class_name": "ConsistencyDecoderVAE", "latent_channels": 4, "encoder_block_out_channels": [{{widths}}], "encoder_layers_per_block": 1,
             "encoder_norm_num_groups": 2, "decoder_block_out_channels": [{{widths}}], "decoder_layers_per_block": 1, "decoder_norm_num_groups": 2, "sample_size": 32}
            """;
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        using var generator = new Generator(7);
        using var decoder = new ConsistencyDecoder(
            ConsistencyDecoderConfig.Read(ConfigJson.Parse(config, "config.json")), new ParameterStore(initialize: generator));
        SafetensorsWriter.Write(
            Path.Combine(folder, "diffusion_pytorch_model.safetensors"), decoder.Parameters.Names.Select(name => KeyValuePair.Create(name, decoder.Parameters[name])));
        return folder;
    }
}
