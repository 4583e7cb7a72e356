namespace PixArt.Training.Recipes;

/// <summary>First values of a LoRA's A; B always begins as zero.</summary>
public enum AdapterInit
{
    /// <summary>Uniform, as PyTorch fills linear layers: peft's default.</summary>
    Kaiming,

    /// <summary>Normal with deviation 1 / rank: what PixArt's LoRA and DreamBooth scripts ask for.</summary>
    Gaussian,
}
