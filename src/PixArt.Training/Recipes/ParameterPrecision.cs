namespace PixArt.Training.Recipes;

/// <summary>What the transformer's and the text encoder's parameters, and their gradients, are kept in while they train.</summary>
public enum ParameterPrecision
{
    /// <summary>Single precision.</summary>
    Fp32,

    /// <summary>bfloat16, rounded stochastically at each step: half the memory of weights and gradients. An adapter's own parameters stay
    /// fp32.</summary>
    Bf16,
}
