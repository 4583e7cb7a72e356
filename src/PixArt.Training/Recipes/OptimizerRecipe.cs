namespace PixArt.Training.Recipes;

/// <summary>How parameters follow their gradients.</summary>
public sealed record OptimizerRecipe
{
    /// <summary>Which optimizer.</summary>
    public OptimizerKind Kind { get; set; } = OptimizerKind.AdamW;

    /// <summary>The learning rate after warm-up, above 0.</summary>
    public double LearningRate { get; set; } = 1e-4;

    /// <summary>Decay of the running mean of gradients, [0, 1).</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients, [0, 1).</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the second moment. PixArt's own training uses 1e-10.</summary>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Decoupled weight decay, 0 or more. PixArt's own training uses 0.03 for all tensors.</summary>
    public double WeightDecay { get; set; } = 0.03;

    /// <summary>Decay of Muon's momentum, [0, 1).</summary>
    public double MuonMomentum { get; set; } = 0.95;

    /// <summary>Muon's learning rate as a multiple of <see cref="LearningRate"/>, above 0.</summary>
    public double MuonRateFactor { get; set; } = 1;

    internal void Validate()
    {
        Require(LearningRate > 0 && double.IsFinite(LearningRate), "learningRate", LearningRate, "a number above 0");
        Require(Beta1 is >= 0 and < 1, "beta1", Beta1, "0 up to, not including, 1");
        Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "0 up to, not including, 1");
        Require(Epsilon >= 0, "epsilon", Epsilon, "0 or more");
        Require(WeightDecay >= 0, "weightDecay", WeightDecay, "0 or more");
        Require(MuonMomentum is >= 0 and < 1, "muonMomentum", MuonMomentum, "0 up to, not including, 1");
        Require(MuonRateFactor > 0, "muonRateFactor", MuonRateFactor, "a number above 0");
    }

    static void Require(bool holds, string field, object value, string expected)
    {
        if (!holds) throw new InvalidSettingException("optimizer." + field, value, expected);
    }
}
