namespace PixArt.Training.Data.Scenes;

/// <summary>Which scenes are drawn how often. Curricula raise <see cref="SingleShare"/> early and lower it later. Shares lie in [0, 1].</summary>
public sealed record SceneDistribution
{
    /// <summary>Share of scenes with one object.</summary>
    public double SingleShare { get; init; } = 0.4;

    /// <summary>Share of scenes with two objects; the rest has three.</summary>
    public double PairShare { get; init; } = 0.4;

    /// <summary>Share of scenes whose object is small or large (two objects: at least one; three are always normal).</summary>
    public double SizeShare { get; init; } = 0.4;

    /// <summary>Share of the objects that can smile which do (in scenes of one or two).</summary>
    public double HappyFaceShare { get; init; } = 0.3;

    /// <summary>Share of the scenes of several objects that show the same object several times: "two foxes".</summary>
    public double SameObjectShare { get; init; } = 0.06;

    /// <summary>Whether objects and horizons move by a few pixels (in steps of 4, an f4 autoencoder's grid).</summary>
    public bool Jitter { get; init; } = true;

    /// <summary>Throws where a share lies outside its range.</summary>
    /// <exception cref="InvalidSettingException">Names the share.</exception>
    public void Validate()
    {
        Check(nameof(SingleShare), SingleShare);
        Check(nameof(PairShare), PairShare);
        Check(nameof(SizeShare), SizeShare);
        Check(nameof(HappyFaceShare), HappyFaceShare);
        Check(nameof(SameObjectShare), SameObjectShare);
        if (SingleShare + PairShare > 1 + 1e-9)
            throw new InvalidSettingException(nameof(PairShare), PairShare, $"at most 1 - SingleShare = {1 - SingleShare}");
    }

    private static void Check(string field, double share)
    {
        if (!(share >= 0 && share <= 1))
            throw new InvalidSettingException(field, share, "a share from 0 to 1");
    }
}
