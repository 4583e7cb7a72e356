using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.TestKit;

/// <summary>A transformer of random weights, none of them zero, and what it is asked.</summary>
public static class TinyTransformer
{
    /// <summary>Two blocks of width 12 over latents of 8 by 8; it predicts no variance.</summary>
    public static PixArtTransformerConfig Config { get; } = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 6,
        NumLayers = 2,
        CrossAttentionDim = 12,
        CaptionChannels = 8,
        InChannels = 4,
        OutChannels = 4,
        PatchSize = 2,
        SampleSize = 8,
        UseAdditionalConditions = false,
    };

    /// <summary>A model of that shape, or of another one.</summary>
    public static PixArtTransformer Create(ulong seed = 1, ScalarType dtype = ScalarType.Float32, PixArtTransformerConfig? config = null)
    {
        using var generator = new Generator(seed);
        using var off = GradMode.Disable();
        var model = new PixArtTransformer(config ?? Config, new ParameterStore(null, dtype, Device.Cpu, generator));
        foreach (var parameter in model.Parameters.Tensors)
        {
            using var drawn = Tensor.Randn(parameter.Shape, generator);
            parameter.CopyInPlace(drawn.MulInPlace(0.3));
        }

        return model;
    }

    /// <summary>Its answer to two latents at two timesteps, always the same ones, with its graph.</summary>
    public static Tensor Predict(PixArtTransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var dtype = model.Parameters.DType;
        var latents = Tensor.Randn([2, 4, 8, 8], generator).To(dtype);
        var captions = Tensor.Randn([2, 5, 8], generator).To(dtype);
        return scope.Keep(model.Forward(latents, Tensor.FromArray([500f, 20f], 2), captions));
    }

    /// <summary>The same without a graph, outside of every scope.</summary>
    public static Tensor Forward(PixArtTransformer model)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        return TensorScope.Release(Predict(model));
    }
}
