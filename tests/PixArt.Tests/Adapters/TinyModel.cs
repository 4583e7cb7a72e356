using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Adapters;

/// <summary>A transformer of random weights, none of them zero.</summary>
static class TinyModel
{
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

    public static PixArtTransformer Create(ScalarType dtype = ScalarType.Float32, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        using var off = GradMode.Disable();
        var model = new PixArtTransformer(Config, new ParameterStore(null, dtype, Device.Cpu, generator));
        foreach (var parameter in model.Parameters.Tensors)
        {
            using var drawn = Tensor.Randn(parameter.Shape, generator);
            parameter.CopyInPlace(drawn.MulInPlace(0.3));
        }

        return model;
    }

    public static Tensor Forward(PixArtTransformer model)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var dtype = model.Parameters.DType;
        var latents = Tensor.Randn([2, 4, 8, 8], generator).To(dtype);
        var captions = Tensor.Randn([2, 5, 8], generator).To(dtype);
        return TensorScope.Release(model.Forward(latents, Tensor.FromArray([500f, 20f], 2), captions));
    }
}
