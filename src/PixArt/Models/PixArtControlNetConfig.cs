using System.Text.Json.Nodes;
using PixArt.Weights;
using static PixArt.Models.ModelConfigJson;

namespace PixArt.Models;

/// <summary>The shape of a <see cref="PixArtControlNet"/>. Its blocks are copies of a transformer's, so all but their number comes
/// from there; field names are those of the <c>config.json</c> that diffusers' research code and SimpleTuner write.</summary>
public sealed record PixArtControlNetConfig
{
    /// <summary>How many of the transformer's first blocks have a copy; below the number of its blocks. The released models have 13.</summary>
    public int NumLayers { get; init; } = 13;

    /// <summary>Attention heads of the transformer it belongs to; <see langword="null"/>: not said.</summary>
    public int? NumAttentionHeads { get; init; }

    /// <summary>Width of one head, likewise.</summary>
    public int? AttentionHeadDim { get; init; }

    /// <summary>Width of the caption features inside the blocks, likewise.</summary>
    public int? CrossAttentionDim { get; init; }

    /// <summary>The first timestep that it was trained on, and steers; 0 or more. The fields of timesteps are this project's own: others ignore them.</summary>
    public int TimestepLow { get; init; }

    /// <summary>The first timestep above those; <see langword="null"/>: it steers up to the last.</summary>
    public int? TimestepHigh { get; init; }

    /// <summary>Whether it steers at a timestep, whole or fractional: elsewhere the base is left alone.</summary>
    public bool Steers(double timestep) => timestep >= TimestepLow && (TimestepHigh is not { } high || timestep < high);

    /// <summary>Reads a <c>config.json</c>. diffusers' class says the number of layers alone, SimpleTuner's the widths too.</summary>
    /// <param name="fields">The file. Unknown fields are ignored.</param>
    /// <exception cref="WeightsException">A field has the wrong type.</exception>
    /// <exception cref="InvalidSettingException">A field is out of range or asks for another architecture.</exception>
    public static PixArtControlNetConfig Read(ConfigJson fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Require("_class_name", "PixArtControlNetAdapterModel", "PixArtSigmaControlNetAdapterModel", nameof(PixArtControlNet));
        return new PixArtControlNetConfig
        {
            NumLayers = fields.Int("num_layers", 13),
            NumAttentionHeads = fields.IntOrNull("num_attention_heads"),
            AttentionHeadDim = fields.IntOrNull("attention_head_dim"),
            CrossAttentionDim = fields.IntOrNull("cross_attention_dim"),
            TimestepLow = fields.Int("timestep_low", 0),
            TimestepHigh = fields.IntOrNull("timestep_high"),
        }.Validate();
    }

    /// <summary>Writes a <c>config.json</c> that diffusers' research code and SimpleTuner read.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["_class_name"] = "PixArtControlNetAdapterModel",
            ["attention_head_dim"] = AttentionHeadDim,
            ["cross_attention_dim"] = CrossAttentionDim,
            ["num_attention_heads"] = NumAttentionHeads,
            ["num_layers"] = NumLayers,
        };
        if (TimestepLow > 0) json["timestep_low"] = TimestepLow;
        if (TimestepHigh is { } high) json["timestep_high"] = high;
        return Write(json);
    }

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public PixArtControlNetConfig Validate()
    {
        Positive("num_layers", NumLayers);
        Positive("num_attention_heads", NumAttentionHeads ?? 1);
        Positive("attention_head_dim", AttentionHeadDim ?? 1);
        Positive("cross_attention_dim", CrossAttentionDim ?? 1);
        if (TimestepLow < 0) throw new InvalidSettingException("timestep_low", TimestepLow, "0 or more");
        if (TimestepHigh <= TimestepLow) throw new InvalidSettingException("timestep_high", TimestepHigh, $"above timestep_low, which is {TimestepLow}");
        return this;
    }

    /// <summary>Checks that it can be used beside a transformer, and answers this record with the transformer's widths.</summary>
    /// <param name="transformer">The transformer whose blocks are copied.</param>
    /// <exception cref="InvalidSettingException">There are as many copies as blocks or more, or the widths differ.</exception>
    public PixArtControlNetConfig For(PixArtTransformerConfig transformer)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        Validate();
        if (NumLayers >= transformer.NumLayers)
            throw new InvalidSettingException("num_layers of the ControlNet", NumLayers, $"less than the transformer's {transformer.NumLayers} blocks");
        Same("num_attention_heads", NumAttentionHeads, transformer.NumAttentionHeads);
        Same("attention_head_dim", AttentionHeadDim, transformer.AttentionHeadDim);
        Same("cross_attention_dim", CrossAttentionDim, transformer.CrossAttentionDim);
        return this with
        {
            NumAttentionHeads = transformer.NumAttentionHeads,
            AttentionHeadDim = transformer.AttentionHeadDim,
            CrossAttentionDim = transformer.CrossAttentionDim,
        };
    }

    static void Same(string field, int? value, int transformer)
    {
        if (value is { } given && given != transformer)
            throw new InvalidSettingException($"{field} of the ControlNet", given, $"the transformer's {transformer}");
    }
}
