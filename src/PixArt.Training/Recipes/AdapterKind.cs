namespace PixArt.Training.Recipes;

/// <summary>Which adapter is trained.</summary>
public enum AdapterKind
{
    /// <summary>A product of two thin matrices beside each weight.</summary>
    Lora,

    /// <summary>LoRA, and a length of its own for each row of the merged weight.</summary>
    Dora,

    /// <summary>A Kronecker product of two small matrices beside each weight.</summary>
    Lokr,
}
