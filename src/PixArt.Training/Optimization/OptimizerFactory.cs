using PixArt.Torch;
using PixArt.Training.Recipes;

namespace PixArt.Training.Optimization;

/// <summary>Makes the optimizer that a recipe names.</summary>
static class OptimizerFactory
{
    /// <param name="recipe">Which one, and its settings.</param>
    /// <param name="parameters">What it steps: all that is trained, or with every kind but Prodigy a part of it.</param>
    /// <param name="precision">What Muon's iterations compute in.</param>
    /// <param name="seed">The run's seed, for the rounding of bfloat16 parameters.</param>
    public static IOptimizer Create(
        OptimizerRecipe recipe, IReadOnlyList<TrainedTensor> parameters, ComputePrecision precision = ComputePrecision.Fp32, ulong seed = 0)
    {
        var adam = new AdamWOptions
        {
            Beta1 = recipe.Beta1,
            Beta2 = recipe.Beta2,
            Epsilon = recipe.Epsilon,
            WeightDecay = recipe.WeightDecay,
        };
        IOptimizer Tensorwise(IUpdateRule rule) => new TensorwiseOptimizer(parameters, rule, seed);
        return recipe.Kind switch
        {
            OptimizerKind.Muon => Muon(recipe, parameters, precision, adam, seed),
            OptimizerKind.Adam8Bit => Tensorwise(new Adam8Bit(adam)),
            OptimizerKind.Came => Tensorwise(new Came(recipe.Came, recipe.WeightDecay)),
            OptimizerKind.Lion => Tensorwise(new Lion(recipe.Lion, recipe.WeightDecay)),
            OptimizerKind.Adafactor => Tensorwise(new Adafactor(recipe.Adafactor, recipe.WeightDecay)),
            OptimizerKind.Prodigy => new Prodigy(parameters, adam, recipe.Prodigy, seed),
            OptimizerKind.ScheduleFree => new ScheduleFreeAdamW(parameters, adam, recipe.ScheduleFree, seed),
            _ => new AdamW(parameters, adam, seed),
        };
    }

    /// <summary>Whether a parameter is a weight matrix inside a repeated block: not an embedding, a table or the last
    /// layer.</summary>
    internal static bool IsInnerMatrix(TrainedTensor parameter) =>
        parameter.Value.Rank == 2
        && (parameter.Name.Contains("blocks.", StringComparison.Ordinal) || parameter.Name.Contains("block.", StringComparison.Ordinal))
        && parameter.Name.EndsWith(".weight", StringComparison.Ordinal)
        && !parameter.Name.Contains("relative_attention_bias", StringComparison.Ordinal);

    static OptimizerSet Muon(
        OptimizerRecipe recipe, IReadOnlyList<TrainedTensor> parameters, ComputePrecision precision, AdamWOptions adam, ulong seed)
    {
        var options = new MuonOptions
        {
            Momentum = recipe.MuonMomentum,
            WeightDecay = recipe.WeightDecay,
            IterationType = precision == ComputePrecision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32,
        };
        var muon = new Muon(parameters.Where(IsInnerMatrix), options) { RateFactor = recipe.MuonRateFactor };
        return new OptimizerSet([muon, new AdamW(parameters.Where(p => !IsInnerMatrix(p)), adam, seed)]);
    }
}
