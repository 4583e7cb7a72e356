using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Data;
using PixArt.Training.Features;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Makes what a ControlNet's training needs beside the transformer's: the ControlNet, and the latents of edge maps.</summary>
static class ControlAssembly
{
    /// <summary>The ControlNet: from a folder, or copies of the transformer's blocks with linear layers of zeros.</summary>
    public static PixArtControlNet Network(ControlRecipe recipe, PixArtTransformer transformer, Device device)
    {
        if (recipe.ControlFrom is { } from)
        {
            using var files = ControlFiles.Open(from, null, transformer.Config);
            return Build(Within(files.Config, recipe), transformer, new(new CopiedParameters(files.Source), ScalarType.Float32, device));
        }

        using var generator = new RandomKey(recipe.Seed, RandomPurpose.Initialization).Generator();
        return Build(
            Within(new() { NumLayers = recipe.Blocks }, recipe), transformer, new(new BlockCopies(transformer.Parameters), ScalarType.Float32, device, generator));
    }

    /// <summary>Latents of the edge maps of a recipe's images, in a cache of their own beside the images'.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="autoencoder">Encodes the maps; belongs to the caller.</param>
    /// <param name="progress">Is told how far the cache is.</param>
    /// <param name="cancel">Stops between batches.</param>
    public static ILatentData Conditions(
        ControlRecipe recipe, AutoencoderKL autoencoder, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        var hed = recipe.Edges == EdgeKind.Hed ? Hed(recipe.Hed!, autoencoder.Parameters.Device) : null;
        var source = hed is null ? "" : ComponentHash.OfFile(recipe.Hed!);
        var edges = new EdgeImages(ImageSources.Open(recipe.Data), hed, source);
        try
        {
            return LatentAssembly.Open(recipe, edges, autoencoder, progress, cancel);
        }
        catch
        {
            edges.Dispose();
            throw;
        }
    }

    /// <summary>The HED network of a weights file.</summary>
    public static HedNetwork Hed(string path, Device device)
    {
        using var source = WeightsSource.Open(path);
        return ModelLoading.Over(new(source, ScalarType.Float32, device), store => new HedNetwork(store));
    }

    // Beyond the timesteps that it is trained on, a ControlNet would add what nobody taught it.
    static PixArtControlNetConfig Within(PixArtControlNetConfig config, ControlRecipe recipe) => config with
    {
        TimestepLow = recipe.Timesteps.Low,
        TimestepHigh = recipe.Timesteps.High == 1000 ? null : recipe.Timesteps.High,
    };

    static PixArtControlNet Build(PixArtControlNetConfig config, PixArtTransformer transformer, ParameterStore parameters) =>
        ModelLoading.Over(parameters, store => new PixArtControlNet(config, transformer.Config, store));

    /// <summary>A ControlNet's blocks as copies of a transformer's; nothing of its linear layers.</summary>
    sealed class BlockCopies(ParameterStore transformer) : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            if (PixArtControlNet.BlockName(name) is not { } block) return null;
            using var off = GradMode.Disable();
            return TensorScope.Release(transformer[block].Detach().Clone());
        }
    }
}
