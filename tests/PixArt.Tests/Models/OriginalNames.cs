using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

/// <summary>A golden's weights under the original repositories' names, asked for by diffusers' names.</summary>
sealed class OriginalNames(Golden golden) : IParameterSource
{
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        var original = KeyMaps.PixArtOriginal.ToForeign(name);
        if (original is null || !golden.Has($"w_orig/{original.Name}")) return null;
        using var whole = golden.Tensor($"w_orig/{original.Name}");
        using var part = whole.Narrow(0, original.Part * shape[0], shape[0]);
        return TensorScope.Release(part.Clone());
    }
}
