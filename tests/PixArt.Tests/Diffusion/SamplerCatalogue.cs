using PixArt.Diffusion;

namespace PixArt.Tests.Diffusion;

/// <summary>One of each sampler of several steps that are known before, and variants whose history differs, for laws that hold for all.</summary>
static class SamplerCatalogue
{
    public static TheoryData<string, string> All()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in Samplers.Names.Where(name => name is not ("dmd" or "dpm-solver-adaptive"))) data.Add(name, "{}");
        data.Add("dpm++", """{"solver_order":3}""");
        data.Add("dpm++", """{"algorithm_type":"sde-dpmsolver++","use_karras_sigmas":true}""");
        data.Add("dpm++", """{"algorithm_type":"dpmsolver","final_sigmas_type":"sigma_min","solver_type":"heun"}""");
        data.Add("dpm++-single", """{"solver_order":3}""");
        data.Add("unipc", """{"solver_order":3,"predict_x0":false,"final_sigmas_type":"sigma_min"}""");
        data.Add("deis", """{"solver_order":3}""");
        data.Add("sa-solver", """{"predictor_order":3,"corrector_order":4}""");
        data.Add("pndm", """{"skip_prk_steps":true}""");
        data.Add("euler", """{"use_karras_sigmas":true,"timestep_spacing":"trailing"}""");
        return data;
    }

    public static Sampler Create(string name, string overrides, int steps) => (Sampler)Samplers.Create(
        new SchedulerConfig().As(name, System.Text.Json.Nodes.JsonNode.Parse(overrides)!.AsObject()),
        new SamplerOptions { Steps = steps, Eta = name is "ddim" ? 0.5 : null });

    /// <summary>A model that answers what the sampler reads.</summary>
    public static FakeModel Model(ISampler sampler) => new(sampler.UsesLearnedVariance ? "mix2c" : "mix");
}
