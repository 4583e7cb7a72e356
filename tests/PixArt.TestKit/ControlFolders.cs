using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.TestKit;

/// <summary>Writes ControlNets with random weights, none of them zero.</summary>
public static class ControlFolders
{
    /// <summary>A component folder for the transformer of a model folder.</summary>
    public static void Write(string folder, string modelFolder)
    {
        using var control = Make(modelFolder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), control.Config.ToJson());
        SafetensorsWriter.Write(Path.Combine(folder, "diffusion_pytorch_model.safetensors"), Named(control.Parameters));
    }

    /// <summary>The same weights in the layout of PixArt-δ's released files.</summary>
    public static void WriteOriginal(string file, string modelFolder)
    {
        using var control = Make(modelFolder);
        PickleWriter.Write(file, KeyMaps.PixArtControlNet.ToForeign(
            control.Parameters.Names.Select(name => TensorToWrite.FromTensor(name, control.Parameters[name]))));
    }

    /// <summary>An edge detector's weights.</summary>
    public static void WriteHed(string file)
    {
        using var hed = new HedNetwork(new ParameterStore(new Noise(3)));
        SafetensorsWriter.Write(file, Named(hed.Parameters));
    }

    static PixArtControlNet Make(string modelFolder)
    {
        var transformer = PixArtTransformerConfig.Read(new ComponentFolder(Path.Combine(modelFolder, "transformer")).Config());
        return new(new() { NumLayers = transformer.NumLayers - 1 }, transformer, new ParameterStore(new Noise(11)));
    }

    static IEnumerable<KeyValuePair<string, Tensor>> Named(ParameterStore store) =>
        store.Names.Select(name => KeyValuePair.Create(name, store[name]));

    sealed class Noise(ulong seed) : IParameterSource
    {
        ulong next = seed;

        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(next++);
            return TensorScope.Release(Tensor.Randn(shape, generator) * 0.3);
        }
    }
}
