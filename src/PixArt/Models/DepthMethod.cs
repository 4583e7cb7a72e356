namespace PixArt.Models;

/// <summary>How a transformer gets more blocks than it was trained with.</summary>
public enum DepthMethod
{
    /// <summary>Depth up-scaling (SOLAR, Kim et al. 2023): its first blocks, then its last ones, which overlap in the middle. Pictures are spoiled until
    /// the model has been trained on.</summary>
    Overlap,

    /// <summary>Copies among its blocks whose last layers are zero: the grown model gives what the parent gives, and learns from there.</summary>
    Identity,
}
