namespace PixArt.Training.Recipes;

/// <summary>Trains an adapter instead of the transformer's own weights, which stay as they are.</summary>
public sealed record AdapterRecipe
{
    /// <summary>Which adapter.</summary>
    public AdapterKind Kind { get; set; } = AdapterKind.Lora;

    /// <summary>Inner dimension, 1 or more. PixArt's scripts use 16, and 32 for LCM-LoRA.</summary>
    public int Rank { get; set; } = 16;

    /// <summary>The change is multiplied by alpha / rank; above 0, or null for the rank itself. peft's default is 8.</summary>
    public double? Alpha { get; set; }

    /// <summary>Which layers: the ends of their names, whole parts between dots. PixArt's scripts adapt all of these.</summary>
    public IReadOnlyList<string> Targets { get; set; } =
        ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "proj", "linear", "linear_1", "linear_2"];

    /// <summary>Multiplies by alpha / √rank instead (rsLoRA): high ranks then learn as fast as low ones.</summary>
    public bool Rslora { get; set; }

    /// <summary>Share of the input's elements that the adapter does not see in training, [0, 1). For lora.</summary>
    public double Dropout { get; set; }

    /// <summary>First values of A, for lora and dora.</summary>
    public AdapterInit Init { get; set; } = AdapterInit.Kaiming;

    /// <summary>What the change is multiplied by.</summary>
    internal double Scale => (Alpha ?? Rank) / (Rslora ? Math.Sqrt(Rank) : Rank);

    internal void Validate()
    {
        Require(Rank >= 1, "rank", Rank, "1 or more");
        Require(Alpha is null || (Alpha > 0 && double.IsFinite(Alpha.Value)), "alpha", Alpha, "a number above 0, or null");
        Require(Targets.Count > 0 && Targets.All(t => t.Length > 0), "targets", "empty", "names of layers");
        Require(Dropout is >= 0 and < 1, "dropout", Dropout, "0 up to, not including, 1");
        Require(Dropout == 0 || Kind == AdapterKind.Lora, "dropout", Dropout, "0, as kind is not 'lora'");
        Require(!Rslora || Kind != AdapterKind.Lokr, "rslora", Rslora, "false, as kind is 'lokr'");
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("adapter." + field, value, expected);
    }
}
