namespace PixArt.Training.Recipes;

/// <summary>What the weights of an assembled pipeline are stored in.</summary>
public enum WeightType
{
    /// <summary>As they were trained.</summary>
    Fp32,

    /// <summary>Half precision: 11 significant bits, values up to 65,504.</summary>
    Fp16,

    /// <summary>bfloat16: 8 significant bits, the range of fp32.</summary>
    Bf16,
}
