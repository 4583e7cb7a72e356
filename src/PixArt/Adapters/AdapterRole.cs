namespace PixArt.Adapters;

/// <summary>Which tensor of an adapted layer.</summary>
enum AdapterRole
{
    /// <summary>LoRA's A [r, in].</summary>
    Down,

    /// <summary>LoRA's B [out, r].</summary>
    Up,

    /// <summary>LyCORIS' core between A and B for convolutions (Tucker) [r, r, height, width].</summary>
    Core,

    /// <summary>DoRA's lengths of the merged weight's rows [out] (or, in older LyCORIS files, of its columns [1, in]).</summary>
    Magnitude,

    /// <summary>A number: the change is scaled by alpha / rank.</summary>
    Alpha,

    /// <summary>First factor of LoHa's first matrix [out, r].</summary>
    Hada1A,

    /// <summary>Second factor of LoHa's first matrix [r, in].</summary>
    Hada1B,

    /// <summary>First factor of LoHa's second matrix.</summary>
    Hada2A,

    /// <summary>Second factor of LoHa's second matrix.</summary>
    Hada2B,

    /// <summary>Core of LoHa's first matrix for convolutions (Tucker) [r, r, height, width]; its factors then are [r, out] and [r, in].</summary>
    Hada1Core,

    /// <summary>Core of LoHa's second matrix.</summary>
    Hada2Core,

    /// <summary>LoKr's outer matrix [a, c].</summary>
    Kron1,

    /// <summary>Its first factor [a, r], where it has two.</summary>
    Kron1A,

    /// <summary>Its second factor [r, c].</summary>
    Kron1B,

    /// <summary>LoKr's inner matrix [b, d].</summary>
    Kron2,

    /// <summary>Its first factor [b, r], where it has two.</summary>
    Kron2A,

    /// <summary>Its second factor [r, d].</summary>
    Kron2B,

    /// <summary>Core of LoKr's inner matrix for convolutions (Tucker) [r, r, height, width]; its factors then are [r, b] and [r, d].</summary>
    Kron2Core,
}
