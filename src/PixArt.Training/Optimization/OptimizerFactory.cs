using PixArt.Torch;
using PixArt.Training.Recipes;

namespace PixArt.Training.Optimization;

/// <summary>Makes the optimizer that a recipe names.</summary>
static class OptimizerFactory
{
    public static IOptimizer Create(
        OptimizerRecipe recipe, IReadOnlyList<TrainedTensor> parameters, ComputePrecision precision = ComputePrecision.Fp32)
    {
        var adam = new AdamWOptions
        {
            Beta1 = recipe.Beta1,
            Beta2 = recipe.Beta2,
            Epsilon = recipe.Epsilon,
            WeightDecay = recipe.WeightDecay,
        };
        if (recipe.Kind == OptimizerKind.AdamW) return new AdamW(parameters, adam);
        var options = new MuonOptions
        {
            Momentum = recipe.MuonMomentum,
            WeightDecay = recipe.WeightDecay,
            IterationType = precision == ComputePrecision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32,
        };
        var muon = new Muon(parameters.Where(IsInnerMatrix), options) { RateFactor = recipe.MuonRateFactor };
        return new OptimizerSet([muon, new AdamW(parameters.Where(p => !IsInnerMatrix(p)), adam)]);
    }

    /// <summary>Whether a parameter is a weight matrix inside a repeated block: not an embedding, a table or the last
    /// layer.</summary>
    internal static bool IsInnerMatrix(TrainedTensor parameter) =>
        parameter.Value.Rank == 2
        && (parameter.Name.Contains("blocks.", StringComparison.Ordinal) || parameter.Name.Contains("block.", StringComparison.Ordinal))
        && parameter.Name.EndsWith(".weight", StringComparison.Ordinal)
        && !parameter.Name.Contains("relative_attention_bias", StringComparison.Ordinal);
}
