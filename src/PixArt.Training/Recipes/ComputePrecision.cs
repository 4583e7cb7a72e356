namespace PixArt.Training.Recipes;

/// <summary>What matrix products and convolutions compute in.</summary>
public enum ComputePrecision
{
    /// <summary>Single precision.</summary>
    Fp32,

    /// <summary>bfloat16 operands with fp32 accumulation; twice as fast where the processor has it.</summary>
    Bf16,

    /// <summary>IEEE half precision likewise, with the loss scaled so that small gradients do not vanish. Where a GPU lacks
    /// bfloat16.</summary>
    Fp16,
}
