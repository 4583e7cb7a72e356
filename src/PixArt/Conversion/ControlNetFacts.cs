using System.Globalization;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>What the weights of a ControlNet-Transformer tell.</summary>
static class ControlNetFacts
{
    const string Blocks = "controlnet_blocks.";

    public static WeightsIdentity Identify(WeightsSource weights)
    {
        var copies = new WeightShapes(weights).Count(Blocks);
        var hasBase = weights.Has("pos_embed.proj.weight");
        List<string> facts = [string.Create(CultureInfo.InvariantCulture, $"PixArt ControlNet-Transformer of {copies} blocks {(hasBase ? "with its base model" : "without a base model")}, {weights.Layout}")];
        var expected = new OrderedDictionary<string, long[]>(StringComparer.Ordinal);
        if (hasBase)
        {
            var (shape, sure) = TransformerFacts.ShapeOf(weights, null);
            facts.AddRange(TransformerFacts.Facts(weights, shape, sure));
            foreach (var (name, size) in TransformerFacts.Expected(weights, shape)) expected.Add(name, size);
        }

        foreach (var (name, size) in Expected(weights, copies)) expected.Add(name, size);
        return WeightsIdentity.Compare(ModelKind.ControlNet, weights, facts, expected, TransformerFacts.Buffers);
    }

    /// <summary>Whether a tensor belongs to the copies, not to the base model.</summary>
    public static bool IsCopy(string name) => name.StartsWith(Blocks, StringComparison.Ordinal);

    // Copies are alike: each must have what the first has, whose projections are of the width squared; only the first has one before it.
    static IEnumerable<KeyValuePair<string, long[]>> Expected(WeightsSource weights, int copies)
    {
        var first = weights.Names.Where(name => name.StartsWith($"{Blocks}0.transformer_block.", StringComparison.Ordinal)).ToArray();
        var width = (long)new WeightShapes(weights).Size($"{Blocks}0.after_proj.weight", 0, rank: 2);
        for (var copy = 0; copy < copies; copy++)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"{Blocks}{copy}.");
            foreach (var name in first) yield return new(prefix + name[$"{Blocks}0.".Length..], [.. weights.Find(name)!.Shape]);
            foreach (var projection in copy == 0 ? (string[])["before_proj", "after_proj"] : ["after_proj"])
            {
                yield return new($"{prefix}{projection}.weight", [width, width]);
                yield return new($"{prefix}{projection}.bias", [width]);
            }
        }
    }
}
