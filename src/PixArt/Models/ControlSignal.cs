using PixArt.Torch;

namespace PixArt.Models;

/// <summary>A condition as a <see cref="PixArtControlNet"/>'s first block reads it: computed once per picture by
/// <see cref="PixArtControlNet.Encode"/>, used at every step.</summary>
public sealed class ControlSignal : IDisposable
{
    readonly Tensor tokens; // [1 or B, N, D]
    readonly TokenGrid grid;
    readonly double strength;

    internal ControlSignal(PixArtControlNet model, Tensor tokens, TokenGrid grid, double strength) =>
        (Model, this.tokens, this.grid, this.strength) = (model, tokens, grid, strength);

    /// <summary>The model that reads it.</summary>
    public PixArtControlNet Model { get; }

    /// <summary>Takes the tensor out of every scope: it lives until <see cref="Dispose"/>, whatever block made it.</summary>
    internal ControlSignal Release()
    {
        TensorScope.Release(tokens);
        return this;
    }

    /// <summary>What the first copy reads: the base's tokens [B, N, D] plus the condition, each condition once for every B / its own batch.</summary>
    internal Tensor Enter(Tensor x, TokenGrid latents)
    {
        if (latents != grid)
            throw new InvalidSettingException("control condition", $"{grid.Height}x{grid.Width} patches", $"the latents' {latents.Height}x{latents.Width}");
        var (batch, own) = (x.Size(0), tokens.Size(0));
        if (batch % own != 0) throw new InvalidSettingException("control condition", $"a batch of {own}", $"1, or a divisor of the latents' batch of {batch}");
        if (own == 1 || own == batch) return x + tokens;
        using var scope = TensorScope.Begin();
        return scope.Keep(x + tokens.Repeat(batch / own, 1, 1));
    }

    /// <summary>The base's tokens plus what a copy made of them, at the strength.</summary>
    internal Tensor Leave(ControlBlock block, Tensor x, Tensor side, bool inPlace)
    {
        using var scope = TensorScope.Begin();
        var added = block.After.Forward(side);
        if (inPlace) return x.AddInPlace(added, strength);
        return scope.Keep(x + (strength.Equals(1) ? added : added * strength));
    }

    /// <summary>Frees the tensor.</summary>
    public void Dispose() => tokens.Dispose();
}
