using PixArt.Training.Optimization;

namespace PixArt.Training.Recipes;

/// <summary>How parameters follow their gradients.</summary>
public sealed record OptimizerRecipe
{
    const double UsualBeta1 = 0.9, UsualBeta2 = 0.999, UsualEpsilon = 1e-8, SamplesOfRate = 256;

    /// <summary>Which optimizer.</summary>
    public OptimizerKind Kind { get; set; } = OptimizerKind.AdamW;

    /// <summary>The learning rate after warm-up, above 0; about 1 where the optimizer finds it itself.</summary>
    public double LearningRate { get; set; } = 1e-4;

    /// <summary>How the learning rate follows the number of samples of a step.</summary>
    public RateScaling RateScaling { get; set; }

    /// <summary>Decay of the running mean of gradients, [0, 1). This, <see cref="Beta2"/> and <see cref="Epsilon"/> are for the kinds that are
    /// Adam at heart; the others have settings of their own.</summary>
    public double Beta1 { get; set; } = UsualBeta1;

    /// <summary>Decay of the running mean of squared gradients, [0, 1).</summary>
    public double Beta2 { get; set; } = UsualBeta2;

    /// <summary>Added to the root of the second moment. PixArt's own training uses 1e-10.</summary>
    public double Epsilon { get; set; } = UsualEpsilon;

    /// <summary>Decoupled weight decay, 0 or more. PixArt's own training uses 0.03 for all tensors.</summary>
    public double WeightDecay { get; set; } = 0.03;

    /// <summary>Decay of Muon's momentum, [0, 1).</summary>
    public double MuonMomentum { get; set; } = 0.95;

    /// <summary>Muon's learning rate as a multiple of <see cref="LearningRate"/>, above 0.</summary>
    public double MuonRateFactor { get; set; } = 1;

    /// <summary>Settings of kind <c>came</c>.</summary>
    public CameOptions? Came { get => field ?? Own<CameOptions>(OptimizerKind.Came); set; }

    /// <summary>Settings of kind <c>lion</c>.</summary>
    public LionOptions? Lion { get => field ?? Own<LionOptions>(OptimizerKind.Lion); set; }

    /// <summary>Settings of kind <c>adafactor</c>.</summary>
    public AdafactorOptions? Adafactor { get => field ?? Own<AdafactorOptions>(OptimizerKind.Adafactor); set; }

    /// <summary>Settings of kind <c>prodigy</c>.</summary>
    public ProdigyOptions? Prodigy { get => field ?? Own<ProdigyOptions>(OptimizerKind.Prodigy); set; }

    /// <summary>Settings of kind <c>scheduleFree</c>.</summary>
    public ScheduleFreeOptions? ScheduleFree { get => field ?? Own<ScheduleFreeOptions>(OptimizerKind.ScheduleFree); set; }

    /// <summary>Whether the optimizer finds the learning rate itself.</summary>
    internal bool FindsRate => Kind == OptimizerKind.Prodigy || Adafactor is { RelativeStep: true };

    bool IsAdam => Kind is not (OptimizerKind.Came or OptimizerKind.Lion or OptimizerKind.Adafactor);

    /// <summary>The learning rate after warm-up for that many samples of a step.</summary>
    /// <param name="samples">Samples of one optimizer step, over all passes and processes.</param>
    public double RateFor(long samples) => LearningRate * RateScaling switch
    {
        RateScaling.Sqrt => Math.Sqrt(samples / SamplesOfRate),
        RateScaling.Linear => samples / SamplesOfRate,
        _ => 1,
    };

    internal void Validate()
    {
        Require(LearningRate > 0 && double.IsFinite(LearningRate), "learningRate", LearningRate, "a number above 0");
        Require(Beta1 is >= 0 and < 1, "beta1", Beta1, "0 up to, not including, 1");
        Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "0 up to, not including, 1");
        Require(Epsilon >= 0, "epsilon", Epsilon, "0 or more");
        Require(WeightDecay >= 0, "weightDecay", WeightDecay, "0 or more");
        Require(MuonMomentum is >= 0 and < 1, "muonMomentum", MuonMomentum, "0 up to, not including, 1");
        Require(MuonRateFactor > 0, "muonRateFactor", MuonRateFactor, "a number above 0");
        CheckOthers();
        Came?.Validate("optimizer.came");
        Lion?.Validate("optimizer.lion");
        Adafactor?.Validate("optimizer.adafactor");
        Prodigy?.Validate("optimizer.prodigy");
        ScheduleFree?.Validate("optimizer.scheduleFree");
        Require(Kind != OptimizerKind.ScheduleFree || Beta1 > 0, "beta1", Beta1, "above 0, as kind is 'scheduleFree'");
        if (!FindsRate) return;
        Require(LearningRate is >= 0.1 and <= 10, "learningRate", LearningRate, "1, or near it: it multiplies the rate that the optimizer finds");
        Require(RateScaling == RateScaling.None, "rateScaling", RecipeJson.Name(RateScaling), "none, as the optimizer finds the learning rate");
    }

    // Settings that this kind would not look at.
    void CheckOthers()
    {
        foreach (var (field, settings, kind) in new (string, object?, OptimizerKind)[]
        {
            ("came", Came, OptimizerKind.Came), ("lion", Lion, OptimizerKind.Lion), ("adafactor", Adafactor, OptimizerKind.Adafactor),
            ("prodigy", Prodigy, OptimizerKind.Prodigy), ("scheduleFree", ScheduleFree, OptimizerKind.ScheduleFree),
        })
            Require(settings is null || Kind == kind, field, "given", $"null, or 'kind' {field}");
        if (IsAdam) return;
        var own = RecipeJson.Name(Kind);
        Require(Beta1 == UsualBeta1, "beta1", Beta1, $"left out, as kind is '{own}': its settings are 'optimizer.{own}'");
        Require(Beta2 == UsualBeta2, "beta2", Beta2, $"left out, as kind is '{own}': its settings are 'optimizer.{own}'");
        Require(Epsilon == UsualEpsilon, "epsilon", Epsilon, $"left out, as kind is '{own}': its settings are 'optimizer.{own}'");
    }

    T? Own<T>(OptimizerKind kind)
        where T : class, new() => Kind == kind ? new() : null;

    static void Require(bool holds, string field, object value, string expected)
    {
        if (!holds) throw new InvalidSettingException("optimizer." + field, value, expected);
    }
}
