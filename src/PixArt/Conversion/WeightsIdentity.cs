using System.IO.Enumeration;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>What weights are: which model, of which shape, in which layout, and whether they are whole.</summary>
public sealed record WeightsIdentity
{
    /// <summary>The model.</summary>
    public required ModelKind Kind { get; init; }

    /// <summary>What it is, in words: a line that names it, then lines with its shape and variant. Empty for what is not known.</summary>
    public required IReadOnlyList<string> Facts { get; init; }

    /// <summary>Tensors that the model needs and the weights lack or have in another shape: name, then what is wrong.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Names of tensors that the model does not know.</summary>
    public required IReadOnlyList<string> LeftOver { get; init; }

    /// <summary>Number of the model's own parameters that are there; 0 for what is not known.</summary>
    public long Parameters { get; init; }

    /// <summary>Names of the model's own tensors; empty for what is not known.</summary>
    internal IReadOnlySet<string> Own { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Looks at names and shapes; no element is read.</summary>
    /// <param name="weights">Weights under diffusers' names (<see cref="WeightsSource.OpenModel"/>).</param>
    /// <param name="config">The <c>config.json</c> beside them; null: the shape is told from the weights.</param>
    /// <exception cref="InvalidSettingException">The configuration asks for another architecture.</exception>
    /// <exception cref="WeightsException">A tensor without which the model cannot be recognised is missing.</exception>
    public static WeightsIdentity Of(WeightsSource weights, ConfigJson? config = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return KindOf(weights) switch
        {
            ModelKind.Transformer => TransformerFacts.Identify(weights, config),
            ModelKind.ControlNet => ControlNetFacts.Identify(weights),
            ModelKind.Autoencoder => AutoencoderFacts.Identify(weights, config),
            ModelKind.TextEncoder => TextEncoderFacts.Identify(weights, config),
            _ => new() { Kind = ModelKind.Unknown, Facts = [], Missing = [], LeftOver = [] },
        };
    }

    /// <summary>Refuses weights that are not whole, or hold more than the model.</summary>
    /// <exception cref="WeightsException">Something is missing or left over; the message names it.</exception>
    internal void EnsureWhole(WeightsSource weights)
    {
        if (Missing.Count > 0)
            throw new WeightsException(WeightsErrorKind.TensorNotFound, weights.Path, null, $"is not a whole model: {Some(Missing)}");
        if (LeftOver.Count > 0)
            throw new WeightsException(WeightsErrorKind.UnexpectedTensors, weights.Path, null, $"holds tensors that the model does not know: {Some(LeftOver)}");
    }

    /// <summary>Compares what a model asks for with what is there.</summary>
    internal static WeightsIdentity Compare(
        ModelKind kind, WeightsSource weights, IReadOnlyList<string> facts, IEnumerable<KeyValuePair<string, long[]>> expected, string[] ignored)
    {
        var (missing, parameters) = (new List<string>(), 0L);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, shape) in expected)
        {
            known.Add(name);
            parameters += weights.Find(name)?.Count ?? 0;
            if (weights.Find(name) is not { } stored) missing.Add($"{name} [{string.Join(", ", shape)}] is missing");
            else if (!stored.Shape.SequenceEqual(shape)) missing.Add($"{name} has shape {stored.ShapeText}, expected [{string.Join(", ", shape)}]");
        }

        // Matrices held as 8-bit integers have their row scales beside them.
        if (weights.IsQuantized) known.UnionWith(weights.Names.Where(weights.IsScale));
        var left = weights.Unused.Where(name => !known.Contains(name) && !ignored.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)));
        return new() { Kind = kind, Facts = facts, Missing = missing, LeftOver = [.. left], Parameters = parameters, Own = known };
    }

    static ModelKind KindOf(WeightsSource weights) =>
        weights.Has("controlnet_blocks.0.after_proj.weight") ? ModelKind.ControlNet
        : weights.Has("pos_embed.proj.weight") && weights.Has("adaln_single.linear.weight") ? ModelKind.Transformer
        : weights.Has("encoder.down_blocks.0.resnets.0.conv1.weight") && weights.Has("decoder.conv_in.weight") ? ModelKind.Autoencoder
        : weights.Has("encoder.block.0.layer.0.SelfAttention.q.weight") ? ModelKind.TextEncoder
        : ModelKind.Unknown;

    static string Some(IReadOnlyList<string> all) =>
        string.Join("; ", all.Take(3)) + (all.Count > 3 ? $"; and {all.Count - 3} more" : "");
}
