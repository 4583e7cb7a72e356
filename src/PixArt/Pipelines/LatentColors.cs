using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>
/// A linear map from latents to colours: pictures of one pixel a latent, in a blink, for previews. The map is fitted to the autoencoder itself,
/// so it fits every one, by least squares on what it makes of a few random latents.
/// </summary>
sealed class LatentColors : IDisposable
{
    const int Samples = 4, Coarse = 5, Side = 20;
    const double Ridge = 1e-3;

    readonly Tensor _weight; // [3, C, 1, 1]
    readonly Tensor _bias;   // [3]

    LatentColors(Tensor weight, Tensor bias) => (_weight, _bias) = (TensorScope.Release(weight), TensorScope.Release(bias));

    /// <summary>Fits the map to an autoencoder; takes about as long as decoding one picture of 40 x 40 latents.</summary>
    /// <param name="autoencoder">Stays its owner's.</param>
    /// <param name="device">Where latents are sampled.</param>
    public static LatentColors Of(AutoencoderKL autoencoder, Device device)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        long channels = autoencoder.Config.LatentChannels;
        // Patches of one colour, as pictures have them, with some fine noise.
        var patches = Functional.InterpolateNearest(Tensor.Randn([Samples, channels, Coarse, Coarse], generator), [Side, Side]);
        var latents = (patches + Tensor.Randn([Samples, channels, Side, Side], generator) * 0.3).To(device, ScalarType.Float32);
        var pictures = autoencoder.Decode(autoencoder.Unscale(latents)).To(device, ScalarType.Float32).Clamp(-1, 1);
        return Fit(latents, Functional.AvgPool2d(pictures, autoencoder.Config.DownsampleFactor));
    }

    /// <summary>The map that takes latents nearest to pictures.</summary>
    /// <param name="latents">[B, C, h, w], single precision.</param>
    /// <param name="pictures">[B, 3, h, w], single precision.</param>
    public static LatentColors Fit(Tensor latents, Tensor pictures)
    {
        using var scope = TensorScope.Begin();
        var channels = (int)latents.Size(1);
        var x = Rows(Tensor.Cat([latents, Tensor.Ones([latents.Size(0), 1, latents.Size(2), latents.Size(3)], latents.DType, latents.Device)], 1));
        var y = Rows(pictures);
        var gram = x.Transpose(0, 1).MatMul(x).Cpu().ToArray<float>();   // [C + 1, C + 1]
        var moment = x.Transpose(0, 1).MatMul(y).Cpu().ToArray<float>(); // [C + 1, 3]
        var n = channels + 1;
        var weight = new float[3 * channels];
        var bias = new float[3];
        for (var color = 0; color < 3; color++)
        {
            double[] right = [.. Enumerable.Range(0, n).Select(i => (double)moment[3 * i + color])];
            var solved = Diffusion.LinearSystem.Solve(n, (r, c) => gram[r * n + c] + (r == c ? Ridge : 0), right);
            for (var c = 0; c < channels; c++) weight[color * channels + c] = (float)solved[c];
            bias[color] = (float)solved[channels];
        }
        return new(
            Tensor.FromArray(weight, 3, channels, 1, 1).To(latents.Device).Clone(), Tensor.FromArray(bias, 3).To(latents.Device).Clone());
    }

    /// <summary>Colours [B, 3, h, w], nominally in [-1, 1], of latents [B, C, h, w].</summary>
    public Tensor Colors(Tensor latents)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Functional.Conv2d(latents.To(_weight.DType), _weight, _bias));
    }

    /// <summary>Frees the map.</summary>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    // [B, C, h, w] -> [B h w, C]
    static Tensor Rows(Tensor t) => t.Permute(0, 2, 3, 1).Reshape(-1, t.Size(1));
}
