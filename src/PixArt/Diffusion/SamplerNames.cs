namespace PixArt.Diffusion;

/// <summary>The names people know samplers by, and the scheduler classes they stand for.</summary>
static class SamplerNames
{
    // Ordered as a list of choices should be read.
    static readonly (string Short, string ClassName)[] s_known =
    [
        ("dpm++", SchedulerClasses.DpmSolverMultistep),
        ("dpm++-single", SchedulerClasses.DpmSolverSinglestep),
        ("sa-solver", SchedulerClasses.SaSolver),
        ("unipc", SchedulerClasses.UniPc),
        ("deis", SchedulerClasses.Deis),
        ("ddim", SchedulerClasses.Ddim),
        ("ddpm", SchedulerClasses.Ddpm),
        ("euler", SchedulerClasses.Euler),
        ("euler-a", SchedulerClasses.EulerAncestral),
        ("heun", SchedulerClasses.Heun),
        ("dpm2", SchedulerClasses.Kdpm2),
        ("dpm2-a", SchedulerClasses.Kdpm2Ancestral),
        ("lms", SchedulerClasses.Lms),
        ("pndm", SchedulerClasses.Pndm),
        ("lcm", SchedulerClasses.Lcm),
        ("tcd", SchedulerClasses.Tcd),
        ("dmd", SchedulerClasses.OneStep),
        ("flow-euler", SchedulerClasses.FlowMatchEuler),
        ("dpm-solver-original", SchedulerClasses.OriginalDpmSolver),
        ("dpm-solver-adaptive", SchedulerClasses.AdaptiveDpmSolver),
        ("sa-solver-original", SchedulerClasses.OriginalSaSolver),
        ("iddpm", SchedulerClasses.OriginalIddpm),
        ("lcm-original", SchedulerClasses.OriginalLcm),
    ];

    static readonly (string Alias, string ClassName)[] s_aliases =
    [
        ("dpm", SchedulerClasses.DpmSolverMultistep),
        ("dpmsolver", SchedulerClasses.DpmSolverMultistep),
        ("dpmsolver++", SchedulerClasses.DpmSolverMultistep),
        ("dpm-solver", SchedulerClasses.DpmSolverMultistep),
        ("dpm-solver++", SchedulerClasses.DpmSolverMultistep),
        ("dpm++2m", SchedulerClasses.DpmSolverMultistep),
        ("sasolver", SchedulerClasses.SaSolver),
        ("euler-ancestral", SchedulerClasses.EulerAncestral),
        ("kdpm2", SchedulerClasses.Kdpm2),
        ("kdpm2-a", SchedulerClasses.Kdpm2Ancestral),
        ("flow-match-euler", SchedulerClasses.FlowMatchEuler),
    ];

    public static IReadOnlyList<string> Short { get; } = [.. s_known.Select(k => k.Short)];

    /// <summary>The scheduler class of a short name, an alias or a class name, whatever its case and separators.</summary>
    public static string ClassOf(string name)
    {
        foreach (var (known, className) in s_known.Concat(s_aliases))
        {
            if (Same(known, name) || Same(className, name)
                || Same(className.Replace("Scheduler", "", StringComparison.Ordinal), name))
                return className;
        }

        throw Unknown("scheduler", name);
    }

    public static InvalidSettingException Unknown(string field, string name)
    {
        var nearest = Spelling.Nearest(name, s_known.Concat(s_aliases).Select(k => k.Item1).Concat(s_known.Select(k => k.ClassName)));
        return new(field, name, $"one of {string.Join(", ", Short)} (or a diffusers class name){Spelling.Question(nearest)}");
    }

    static bool Same(string known, string name) => string.Equals(Plain(known), Plain(name), StringComparison.Ordinal);

    static string Plain(string name) =>
        string.Concat(name.Where(c => c is not ('-' or '_' or ' '))).ToLowerInvariant();
}
