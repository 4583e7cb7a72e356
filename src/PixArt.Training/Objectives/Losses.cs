using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>Reductions that objectives share.</summary>
static class Losses
{
    /// <summary>Mean over all axes but the first: [B, ...] to [B].</summary>
    public static Tensor MeanOfSample(Tensor values)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(values.Flatten(1, -1).Mean([1], false));
    }

    /// <summary>Mean square of the difference, [B, ...] to [B].</summary>
    public static Tensor MeanSquare(Tensor prediction, Tensor target)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(MeanOfSample((prediction - target).Square()));
    }
}
