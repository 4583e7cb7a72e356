using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The variational autoencoder between images and latents (Rombach et al. 2022; the Stable Diffusion and SDXL autoencoders).
/// Parameters carry the names of diffusers' <c>AutoencoderKL</c>.</summary>
/// <remarks>Shapes: B batch, C latent channels, H x W image pixels in [-1, 1], h x w latent pixels, H = h x
/// <see cref="AutoencoderKLConfig.DownsampleFactor"/>. Latents here are the autoencoder's own: scaling is <see cref="Scale"/>'s.</remarks>
public sealed partial class AutoencoderKL : Module
{
    readonly Encoder encoder;
    readonly Decoder decoder;
    readonly Conv2d? quantConv, postQuantConv;

    /// <summary>Builds the autoencoder over <paramref name="parameters"/>: loaded where its source has them, else initialised.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public AutoencoderKL(AutoencoderKLConfig config, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        var root = parameters.Root;
        encoder = new Encoder(root.Sub("encoder"), config);
        decoder = new Decoder(root.Sub("decoder"), config);
        if (config.UseQuantConv) quantConv = new Conv2d(root.Sub("quant_conv"), 2 * config.LatentChannels, 2 * config.LatentChannels, 1);
        if (config.UsePostQuantConv) postQuantConv = new Conv2d(root.Sub("post_quant_conv"), config.LatentChannels, config.LatentChannels, 1);
        TileSampleSize = config.SampleSize;
        TileLatentSize = config.SampleSize / config.DownsampleFactor;
    }

    /// <summary>The model's shape.</summary>
    public AutoencoderKLConfig Config { get; }

    /// <summary>Encodes and decodes the images of a batch one at a time: less memory, the same result.</summary>
    public bool Slicing { get; set; }

    /// <summary>Images to the distribution of their latents.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1]; H and W divisible by the downsampling factor.</param>
    public DiagonalGaussian Encode(Tensor images)
    {
        using var scope = TensorScope.Begin();
        var distribution = new DiagonalGaussian(EncodeMoments(images));
        scope.Keep(distribution.Mean);
        scope.Keep(distribution.LogVariance);
        return distribution;
    }

    /// <summary>Images to means and log-variances [B, 2C, h, w], not clamped.</summary>
    /// <inheritdoc cref="Encode"/>
    public Tensor EncodeMoments(Tensor images)
    {
        Check("images", images, Config.InChannels);
        return EachImage(images, image => UsesTiles(image, TileSampleSize) ? EncodeTiled(image) : EncodeWhole(image));
    }

    /// <summary>Latents to images.</summary>
    /// <param name="latents">[B, C, h, w], unscaled (see <see cref="Unscale"/>).</param>
    /// <returns>[B, 3, H, W], nominally in [-1, 1], not clamped.</returns>
    public Tensor Decode(Tensor latents)
    {
        Check("latents", latents, Config.LatentChannels);
        return EachImage(latents, latent => UsesTiles(latent, TileLatentSize) ? DecodeTiled(latent) : DecodeWhole(latent));
    }

    /// <summary>The autoencoder's latents to the denoiser's: (latents - shift) x scale.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    public Tensor Scale(Tensor latents)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep((Config.ShiftFactor is { } shift ? latents - shift : latents) * Config.ScalingFactor);
    }

    /// <summary>The denoiser's latents to the autoencoder's: latents / scale + shift.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    public Tensor Unscale(Tensor latents) => Config.Unscale(latents);

    Tensor EncodeWhole(Tensor images)
    {
        using var scope = TensorScope.Begin();
        var moments = encoder.Forward(Layout(images));
        return scope.Keep((quantConv?.Forward(moments) ?? moments).Contiguous());
    }

    Tensor DecodeWhole(Tensor latents)
    {
        using var scope = TensorScope.Begin();
        var laidOut = Layout(latents);
        return scope.Keep(decoder.Forward(postQuantConv?.Forward(laidOut) ?? laidOut).Contiguous());
    }

    // With channels innermost the CPU's convolutions run a quarter to twice as fast, and the middle's attention needs no transposing;
    // every layer keeps the layout that comes in.
    static Tensor Layout(Tensor x) => x.Device.IsCuda ? x : x.Contiguous(MemoryFormat.ChannelsLast);

    Tensor EachImage(Tensor batch, Func<Tensor, Tensor> function)
    {
        using var scope = TensorScope.Begin();
        var typed = batch.To(encoder.DType);
        if (!Slicing || batch.Size(0) == 1) return scope.Keep(function(typed));
        return scope.Keep(Tensor.Cat([.. typed.Split(1, 0).Select(function)], 0));
    }

    static void Check(string name, Tensor tensor, int channels)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Rank != 4 || tensor.Size(1) != channels)
            throw new InvalidSettingException(name, TokenGrid.Text(tensor), $"[B, {channels}, height, width]");
    }
}

/// <summary>[B, 3, H, W] -> [B, 2C, h, w].</summary>
internal sealed class Encoder
{
    readonly Conv2d convIn, convOut;
    readonly (ResnetBlock[] Resnets, Conv2d? Downsampler)[] levels;
    readonly MidBlock mid;
    readonly GroupNorm normOut;

    internal Encoder(ParameterScope p, AutoencoderKLConfig config)
    {
        var widths = config.BlockOutChannels;
        convIn = new Conv2d(p.Sub("conv_in"), config.InChannels, widths[0], 3, padding: 1);
        levels = new (ResnetBlock[], Conv2d?)[widths.Count];
        for (var i = 0; i < levels.Length; i++)
        {
            var (level, width, before) = (p.Sub("down_blocks", i), widths[i], widths[Math.Max(i - 1, 0)]);
            levels[i] = (ResnetBlock.Stack(level, before, width, config.LayersPerBlock, config),
                i == levels.Length - 1 ? null : new Conv2d(level.Sub("downsamplers.0.conv"), width, width, 3, stride: 2));
        }
        mid = new MidBlock(p.Sub("mid_block"), widths[^1], config);
        normOut = new GroupNorm(p.Sub("conv_norm_out"), config.NormNumGroups, widths[^1], ResnetBlock.Eps);
        convOut = new Conv2d(p.Sub("conv_out"), widths[^1], 2 * config.LatentChannels, 3, padding: 1);
    }

    internal ScalarType DType => convIn.Weight.DType;

    internal Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var chain = new Chain(convIn.Forward(x));
        foreach (var (resnets, downsampler) in levels)
        {
            foreach (var resnet in resnets) chain.Next(resnet.Forward);
            // Padded at the right and the bottom only, so that the strided grid starts at the first pixel.
            if (downsampler is not null) chain.Next(h => downsampler.Forward(Functional.Pad(h, [0, 1, 0, 1])));
        }
        mid.Forward(chain);
        return scope.Keep(chain.Next(h => convOut.Forward(ResnetBlock.NormSilu(h, normOut))));
    }
}

/// <summary>[B, C, h, w] -> [B, 3, H, W].</summary>
internal sealed class Decoder
{
    readonly Conv2d convIn, convOut;
    readonly (ResnetBlock[] Resnets, Conv2d? Upsampler)[] levels;
    readonly MidBlock mid;
    readonly GroupNorm normOut;

    internal Decoder(ParameterScope p, AutoencoderKLConfig config)
    {
        var widths = config.BlockOutChannels.Reverse().ToArray();
        convIn = new Conv2d(p.Sub("conv_in"), config.LatentChannels, widths[0], 3, padding: 1);
        mid = new MidBlock(p.Sub("mid_block"), widths[0], config);
        levels = new (ResnetBlock[], Conv2d?)[widths.Length];
        for (var i = 0; i < levels.Length; i++)
        {
            var (level, width, before) = (p.Sub("up_blocks", i), widths[i], widths[Math.Max(i - 1, 0)]);
            levels[i] = (ResnetBlock.Stack(level, before, width, config.LayersPerBlock + 1, config),
                i == levels.Length - 1 ? null : new Conv2d(level.Sub("upsamplers.0.conv"), width, width, 3, padding: 1));
        }
        normOut = new GroupNorm(p.Sub("conv_norm_out"), config.NormNumGroups, widths[^1], ResnetBlock.Eps);
        convOut = new Conv2d(p.Sub("conv_out"), widths[^1], config.OutChannels, 3, padding: 1);
    }

    internal Tensor Forward(Tensor latents)
    {
        using var scope = TensorScope.Begin();
        var chain = new Chain(convIn.Forward(latents));
        mid.Forward(chain);
        foreach (var (resnets, upsampler) in levels)
        {
            foreach (var resnet in resnets) chain.Next(resnet.Forward);
            if (upsampler is not null)
                chain.Next(h => upsampler.Forward(Functional.InterpolateNearest(h, [2 * h.Size(2), 2 * h.Size(3)])));
        }
        return scope.Keep(chain.Next(h => convOut.Forward(ResnetBlock.NormSilu(h, normOut))));
    }
}

/// <summary>A value on its way through layers; each step frees what the step before it made.</summary>
internal sealed class Chain(Tensor value)
{
    Tensor value = value;

    internal Tensor Next(Func<Tensor, Tensor> step)
    {
        using var scope = TensorScope.Begin();
        var next = scope.Keep(step(value));
        if (!ReferenceEquals(next, value)) value.Dispose();
        return value = next;
    }
}

/// <summary>shortcut(x) + conv2(SiLU(norm2(conv1(SiLU(norm1(x)))))).</summary>
internal sealed class ResnetBlock
{
    internal const double Eps = 1e-6;
    readonly GroupNorm norm1, norm2;
    readonly Conv2d conv1, conv2;
    readonly Conv2d? shortcut;

    ResnetBlock(ParameterScope p, int inChannels, int outChannels, int groups)
    {
        norm1 = new GroupNorm(p.Sub("norm1"), groups, inChannels, Eps);
        conv1 = new Conv2d(p.Sub("conv1"), inChannels, outChannels, 3, padding: 1);
        norm2 = new GroupNorm(p.Sub("norm2"), groups, outChannels, Eps);
        conv2 = new Conv2d(p.Sub("conv2"), outChannels, outChannels, 3, padding: 1);
        if (inChannels != outChannels) shortcut = new Conv2d(p.Sub("conv_shortcut"), inChannels, outChannels, 1);
    }

    internal static ResnetBlock[] Stack(ParameterScope level, int inChannels, int outChannels, int count, AutoencoderKLConfig config) =>
        [.. Enumerable.Range(0, count).Select(i =>
            new ResnetBlock(level.Sub("resnets", i), i == 0 ? inChannels : outChannels, outChannels, config.NormNumGroups))];

    internal Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var chain = new Chain(NormSilu(x, norm1));
        chain.Next(conv1.Forward);
        chain.Next(h => NormSilu(h, norm2));
        var h = chain.Next(conv2.Forward);
        var residual = shortcut?.Forward(x) ?? x;
        if (GradMode.IsEnabled) return scope.Keep(residual + h);
        h.AddInPlace(residual);
        return scope.Keep(h);
    }

    internal static Tensor NormSilu(Tensor x, GroupNorm norm)
    {
        using var scope = TensorScope.Begin();
        var normed = norm.Forward(x);
        return scope.Keep(GradMode.IsEnabled ? Functional.Silu(normed) : Functional.SiluInPlace(normed));
    }
}

/// <summary>Residual block, attention over the whole map with one head, residual block.</summary>
internal sealed class MidBlock
{
    readonly ResnetBlock[] resnets;
    readonly GroupNorm? groupNorm;
    readonly Linear? toQ, toK, toV, toOut;

    internal MidBlock(ParameterScope p, int channels, AutoencoderKLConfig config)
    {
        resnets = ResnetBlock.Stack(p, channels, channels, 2, config);
        if (!config.MidBlockAddAttention) return;
        var attention = p.Sub("attentions.0");
        groupNorm = new GroupNorm(attention.Sub("group_norm"), config.NormNumGroups, channels, ResnetBlock.Eps);
        toQ = new Linear(attention.Sub("to_q"), channels, channels);
        toK = new Linear(attention.Sub("to_k"), channels, channels);
        toV = new Linear(attention.Sub("to_v"), channels, channels);
        toOut = new Linear(attention.Sub("to_out.0"), channels, channels);
    }

    internal void Forward(Chain chain)
    {
        chain.Next(resnets[0].Forward);
        if (groupNorm is not null) chain.Next(Attend);
        chain.Next(resnets[1].Forward);
    }

    // [B, C, H, W]
    Tensor Attend(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var tokens = groupNorm!.Forward(x).Flatten(2, 3).Transpose(1, 2).Contiguous(); // [B, HW, C]
        var attended = Functional.ScaledDotProductAttention(
            toQ!.Forward(tokens).Unsqueeze(1), toK!.Forward(tokens).Unsqueeze(1), toV!.Forward(tokens).Unsqueeze(1));
        var back = toOut!.Forward(attended.Squeeze(1)).Transpose(1, 2).Reshape(x.Shape);
        return scope.Keep(x + back);
    }
}
