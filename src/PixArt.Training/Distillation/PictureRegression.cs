using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Distillation;

/// <summary>How different latents look from those that they shall be like: both are decoded by a tiny autoencoder and compared by LPIPS.</summary>
sealed class PictureRegression : IDisposable
{
    readonly TinyDecoder _decoder;
    readonly PerceptualDistance _distance;

    /// <param name="decoder">Makes pictures of latents; disposed with this object.</param>
    /// <param name="distance">Compares them; disposed with this object.</param>
    public PictureRegression(TinyDecoder decoder, PerceptualDistance distance)
    {
        (_decoder, _distance) = (decoder, distance);
        decoder.Parameters.RequireGrad(false);
    }

    /// <summary>Loads both.</summary>
    /// <param name="recipe">Where they lie.</param>
    /// <param name="channels">C of the latents.</param>
    /// <param name="device">Where they compute.</param>
    /// <exception cref="PixArtException">A file is missing or damaged, or the autoencoder is one of other latents.</exception>
    public static PictureRegression Load(RegressionRecipe recipe, int channels, Device device)
    {
        var folder = new ComponentFolder(recipe.Autoencoder);
        var config = folder.Config().As(AutoencoderTinyConfig.Read);
        if (config.LatentChannels != channels)
            throw new InvalidSettingException($"{recipe.Autoencoder}: latent_channels", config.LatentChannels, $"{channels}, as the transformer has");
        var distance = PerceptualDistance.Load(recipe.Vgg, recipe.Lpips, device);
        try
        {
            using var source = folder.OpenWeights();
            return new(ModelLoading.Over(new(source, ScalarType.Float32, device), store => new TinyDecoder(config, store)), distance);
        }
        catch
        {
            distance.Dispose();
            throw;
        }
    }

    /// <summary>The distance of each two pictures.</summary>
    /// <param name="made">Latents [B, C, h, w] as the denoiser has them.</param>
    /// <param name="wanted">What they shall look like, likewise.</param>
    /// <returns>[B], with the graph of <paramref name="made"/>.</returns>
    public Tensor Between(Tensor made, Tensor wanted)
    {
        // Small differences: in single precision, whatever else is trained in.
        using var exact = Autocast.Begin(null);
        using var scope = TensorScope.Begin();
        return scope.Keep(_distance.Between(Pictures(made), Pictures(wanted)));
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _distance.Dispose();
    }

    Tensor Pictures(Tensor latents) => _decoder.Decode(latents).Clamp(-1, 1);
}
