using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Patches to tokens by a strided convolution, plus fixed 2-D sine-cosine positions.</summary>
internal sealed class PatchEmbedding(ParameterScope p, PixArtTransformerConfig config) : IDisposable
{
    // Xavier on the flattened patch, as for the Linear it really is.
    readonly Conv2d proj = new(p.Sub("proj"), config.InChannels, config.HiddenSize, config.PatchSize, stride: config.PatchSize, init: InitPatches);
    readonly PositionTables positions = new(config);

    static void InitPatches(Tensor weight, Generator? generator)
    {
        using var flat = weight.View(weight.Size(0), -1);
        Init.XavierUniform(flat, generator);
    }

    // [B, C, H, W] -> [B, N, D]
    internal Tensor Forward(Tensor latents, TokenGrid grid)
    {
        using var scope = TensorScope.Begin();
        var weight = proj.Weight;
        var tokens = proj.Forward(latents.To(weight.DType)).Flatten(2, 3).Transpose(1, 2).Contiguous();
        return scope.Keep(tokens + positions.Get(grid, weight.DType, weight.Device));
    }

    // Latents [B, C, H, W] as what their tokens are made of; null where that would save little.
    internal TokenFactors? Factors(Tensor latents, TokenGrid grid)
    {
        long patch = config.PatchSize, values = config.InChannels * patch * patch, half = config.HiddenSize / 2;
        if (proj.Weight.DType != ScalarType.Float32 || proj.Adapter is not null ||
            !TokenFactors.Pay(values + 1 + grid.Height + grid.Width, grid.Height * grid.Width, config.HiddenSize)) return null;
        using var scope = TensorScope.Begin();
        var device = proj.Weight.Device;
        var table = positions.Get(grid, ScalarType.Float32, device).View(grid.Height, grid.Width, 2, half);
        var columns = Tensor.Cat([table.Select(0, 0).Select(1, 0), Tensor.Zeros([grid.Width, half], device: device)], 1);
        var rows = Tensor.Cat([Tensor.Zeros([grid.Height, half], device: device), table.Select(1, 0).Select(1, 1)], 1);
        var basis = Tensor.Cat([proj.Weight.Flatten(1).Transpose(0, 1), proj.Bias!.Unsqueeze(0), columns, rows]);

        var batch = latents.Size(0);
        var patches = latents.To(ScalarType.Float32).Reshape(batch, config.InChannels, grid.Height, patch, grid.Width, patch)
            .Permute(0, 2, 4, 1, 3, 5).Reshape(batch, grid.Height, grid.Width, values);
        Tensor Everywhere(Tensor t) => t.Expand(batch, grid.Height, grid.Width, -1);
        var coefficients = Tensor.Cat([patches, Everywhere(Tensor.Ones([1], device: device)),
            Everywhere(Tensor.Eye(grid.Width, device: device)), Everywhere(Tensor.Eye(grid.Height, device: device).Unsqueeze(1))], -1);
        return new(scope.Keep(coefficients.Flatten(1, 2)), scope.Keep(basis));
    }

    public void Dispose() => positions.Dispose();
}
