namespace PixArt.Diffusion;

/// <summary>The scheduler classes by the names that configuration files carry.</summary>
static class SchedulerClasses
{
    public const string DpmSolverMultistep = "DPMSolverMultistepScheduler";
    public const string DpmSolverSinglestep = "DPMSolverSinglestepScheduler";
    public const string UniPc = "UniPCMultistepScheduler";
    public const string Deis = "DEISMultistepScheduler";
    public const string SaSolver = "SASolverScheduler";
    public const string Ddim = "DDIMScheduler";
    public const string Ddpm = "DDPMScheduler";
    public const string Pndm = "PNDMScheduler";
    public const string Euler = "EulerDiscreteScheduler";
    public const string EulerAncestral = "EulerAncestralDiscreteScheduler";
    public const string Heun = "HeunDiscreteScheduler";
    public const string Kdpm2 = "KDPM2DiscreteScheduler";
    public const string Kdpm2Ancestral = "KDPM2AncestralDiscreteScheduler";
    public const string Lms = "LMSDiscreteScheduler";
    public const string Lcm = "LCMScheduler";
    public const string Tcd = "TCDScheduler";
    public const string FlowMatchEuler = "FlowMatchEulerDiscreteScheduler";

    // The original repositories' own; these names are ours.
    public const string OriginalIddpm = "PixArtIDDPMScheduler";
    public const string OriginalDpmSolver = "PixArtDPMSolverScheduler";
    public const string AdaptiveDpmSolver = "PixArtAdaptiveDPMSolverScheduler";
    public const string OriginalSaSolver = "PixArtSASolverScheduler";
    public const string OriginalLcm = "PixArtLCMScheduler";
    public const string OneStep = "PixArtDMDScheduler";
}
