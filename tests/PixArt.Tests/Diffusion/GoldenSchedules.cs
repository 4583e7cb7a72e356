using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.TestKit;

namespace PixArt.Tests.Diffusion;

/// <summary>Reads the schedulers that goldens describe.</summary>
static class GoldenSchedules
{
    public static SchedulerConfig Config(JsonElement entry, string field = "config")
    {
        var config = JsonObject.Create(entry.GetProperty(field).Clone())!;
        config.Remove("tau_func");
        return SchedulerConfig.Parse(config, (entry.Optional("class") ?? entry.GetProperty("scheduler")).GetString());
    }

    public static SamplerOptions Options(JsonElement entry)
    {
        var options = new SamplerOptions { Tau = Tau(entry.GetProperty("config").Optional("tau_func")?.GetString()) };
        foreach (var setting in entry.GetProperty("set_timesteps").EnumerateObject())
        {
            var value = setting.Value;
            options = setting.Name switch
            {
                "num_inference_steps" => options with { Steps = value.GetInt32() },
                "timesteps" => options with { Timesteps = value.Numbers() },
                "sigmas" => options with { Sigmas = value.Numbers() },
                "mu" => options with { Mu = value.GetDouble() },
                "original_inference_steps" => options with { OriginalInferenceSteps = value.GetInt32() },
                "strength" => options with { Strength = value.GetDouble() },
                _ => throw new NotSupportedException($"set_timesteps.{setting.Name}"),
            };
        }

        foreach (var setting in entry.Optional("step_kwargs")?.EnumerateObject() ?? default)
        {
            var value = setting.Value;
            options = setting.Name switch
            {
                "eta" => options with { Eta = value.GetDouble() },
                "use_clipped_model_output" => options with { UseClippedModelOutput = value.GetBoolean() },
                "s_churn" => options with { Churn = value.Number() },
                "s_tmin" => options with { ChurnMin = value.Number() },
                "s_tmax" => options with { ChurnMax = value.Number() },
                "s_noise" => options with { ChurnNoise = value.Number() },
                _ => throw new NotSupportedException($"step_kwargs.{setting.Name}"),
            };
        }

        return options;
    }

    static Func<double, double>? Tau(string? name) => name switch
    {
        null => null,
        "zero" => _ => 0,
        "one" => _ => 1,
        "half_mid" => t => t is >= 200 and <= 800 ? 0.5 : 0,
        _ => throw new NotSupportedException($"tau_func {name}"),
    };
}
