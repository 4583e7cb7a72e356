using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The decoder of DALL-E 3 for Stable Diffusion's latents: a U-Net that draws the picture from noise in two steps, sharper in faces and
/// text than the autoencoder's own decoder. Parameters carry the names of diffusers' <c>ConsistencyDecoderVAE</c>.</summary>
public sealed class ConsistencyDecoder : Module
{
    // Means and deviations of Stable Diffusion's scaled latents, channel by channel.
    static readonly float[] s_means = [0.38862467f, 0.02253063f, 0.07381133f, -0.0171294f];
    static readonly float[] s_deviations = [0.9654121f, 1.0440036f, 0.76147926f, 0.77022034f];
    readonly Encoder encoder;
    readonly Conv2d quantConv;
    readonly ConsistencyUNet unet;
    readonly ConsistencySchedule schedule;

    /// <summary>Builds the model over <paramref name="parameters"/>: loaded where its source has them, else initialised.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public ConsistencyDecoder(ConsistencyDecoderConfig config, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        var (root, moments) = (parameters.Root, 2 * config.Encoder.LatentChannels);
        encoder = new Encoder(root.Sub("encoder"), config.Encoder);
        unet = new ConsistencyUNet(root.Sub("decoder_unet"), config);
        quantConv = new Conv2d(root.Sub("quant_conv"), moments, moments, 1);
        schedule = new ConsistencySchedule(config.NumTrainTimesteps);
    }

    /// <summary>The model's shape.</summary>
    public ConsistencyDecoderConfig Config { get; }

    /// <summary>Decodes large pictures in overlapping tiles of <see cref="TileSide"/> pixels, blended linearly: memory no longer grows with the
    /// picture. The result differs slightly from the whole one, because normalisation then sees a tile only; the noise is the same.</summary>
    public bool Tiling { get; set; }

    /// <summary>Side of a tile in pixels, a multiple of the downsampling factor; pictures up to it are not tiled.</summary>
    public int TileSide { get; set; } = DefaultTileSide;

    internal const int DefaultTileSide = 512;
    const double TileOverlap = 0.25;

    internal ConsistencyUNet UNet => unet;

    internal ConsistencySchedule Schedule => schedule;

    /// <summary>Images to the distribution of their latents, as Stable Diffusion's autoencoder.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1]; H and W divisible by the downsampling factor.</param>
    public DiagonalGaussian Encode(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = TensorScope.Begin();
        var distribution = new DiagonalGaussian(quantConv.Forward(encoder.Forward(images.To(encoder.DType))));
        scope.Keep(distribution.Mean);
        scope.Keep(distribution.LogVariance);
        return distribution;
    }

    /// <summary>Latents to images, in two steps.</summary>
    /// <param name="latents">[B, 4, h, w], unscaled (see <see cref="AutoencoderKL.Unscale"/>).</param>
    /// <param name="noise">Draws standard normal noise of a shape; called twice, for [B, 3, H, W]. What it gives is disposed.</param>
    /// <returns>[B, 3, H, W], nominally in [-1, 1], not clamped.</returns>
    public Tensor Decode(Tensor latents, Func<long[], Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(noise);
        if (latents.Rank != 4 || latents.Size(1) != s_means.Length)
            throw new InvalidSettingException("latents", TokenGrid.Text(latents), "[B, 4, height, width]");
        using var scope = TensorScope.Begin();
        var (dtype, device) = (unet.DType, Parameters.Device);
        long[] size = [latents.Size(2) * Config.DownsampleFactor, latents.Size(3) * Config.DownsampleFactor];
        long[] shape = [latents.Size(0), 3, .. size];
        Tensor Channels(float[] values) => Tensor.FromArray(values, 1, values.Length, 1, 1).To(device);
        Tensor Draw()
        {
            using var drawn = noise(shape);
            return drawn.To(device, ScalarType.Float32);
        }

        var standard = (latents.To(device, ScalarType.Float32) * Config.ScalingFactor - Channels(s_means)) / Channels(s_deviations);
        var (first, second) = (Draw(), Draw());
        var factor = Config.DownsampleFactor;
        var tiles = new Tiles(Math.Max(TileSide / factor, 1), Math.Max(TileSide / factor, 1) * factor, TileOverlap);
        return scope.Keep(Tiling && tiles.AreNeeded(standard) ? tiles.Map(standard, Tile) : Steps(standard, first, second));

        Tensor Tile(Tensor part, long top, long left)
        {
            using var tile = TensorScope.Begin();
            Tensor Cut(Tensor whole) => whole.Narrow(2, top * factor, part.Size(2) * factor).Narrow(3, left * factor, part.Size(3) * factor);
            return tile.Keep(Steps(part, Cut(first), Cut(second)));
        }

        Tensor Steps(Tensor part, Tensor start, Tensor again)
        {
            using var steps = TensorScope.Begin();
            var hint = Functional.InterpolateNearest(part, [part.Size(2) * factor, part.Size(3) * factor]);
            var x = Picture(start * schedule.Noise[ConsistencySchedule.First], hint, ConsistencySchedule.First);
            x = x * schedule.Signal[ConsistencySchedule.Second] + again * schedule.Noise[ConsistencySchedule.Second];
            return steps.Keep(Picture(x, hint, ConsistencySchedule.Second));
        }

        // What the picture is without its noise. The network's other three channels say how sure it is.
        Tensor Picture(Tensor noisy, Tensor hint, int timestep)
        {
            using var step = TensorScope.Begin();
            var output = unet.Forward(Tensor.Cat([noisy * schedule.In[timestep], hint], 1).To(dtype), Tensor.Full([1], timestep, ScalarType.Int64, device));
            return step.Keep(output.Narrow(1, 0, 3).To(ScalarType.Float32) * schedule.Out[timestep] + noisy * schedule.Skip[timestep]);
        }
    }
}
