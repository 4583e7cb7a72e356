using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.TestKit;

namespace PixArt.Tests.Diffusion;

public class NoiseScheduleTests
{
    [Theory]
    [GoldenEntries("schedulers/dpmsolver_multistep")]
    public void Tables_of_published_schedules_are_equal_to_the_last_bit(string name)
    {
        using var golden = GoldenSet.Open().Load(name);
        Assert.SkipUnless(golden.Json.TryGetProperty("tables", out var tables), "no tables");
        foreach (var table in tables.EnumerateObject())
        {
            var schedule = NoiseSchedule.From(GoldenSchedules.Config(table.Value));
            // The reference's sampler replaces a terminal of exactly zero signal.
            if (table.Value.GetProperty("config").Optional("rescale_betas_zero_snr") is { } zero && zero.GetBoolean())
                schedule = schedule.WithFiniteTerminalSigma();
            Equal(golden.Doubles($"{table.Name}/betas"), schedule.Betas, $"{name} {table.Name} betas");
            Equal(golden.Doubles($"{table.Name}/alphas_cumprod"), schedule.AlphasCumprod, $"{name} {table.Name} alphas");
        }
    }

    [Theory]
    [InlineData(0, 0.999900, 0.0100)]
    [InlineData(199, 0.659039, 0.7193)]
    [InlineData(258, 0.500245, 0.9995)]
    [InlineData(399, 0.195146, 2.0309)]
    [InlineData(400, 0.193572, 2.0411)]
    [InlineData(599, 0.025879, 6.1352)]
    [InlineData(999, 0.00004036, 157.41)]
    public void Linear_betas_give_the_published_noise_levels(int timestep, double alphaCumprod, double sigma)
    {
        var schedule = new NoiseSchedule();
        Assert.Equal(alphaCumprod, schedule.AlphasCumprod[timestep], 1e-6);
        Assert.Equal(sigma, schedule.Sigma(timestep), sigma * 1e-3);
        Assert.Equal(1 / (sigma * sigma), schedule.Snr(timestep), 3e-2 / (sigma * sigma));
    }

    [Fact]
    public void Zero_terminal_snr_leaves_no_signal_at_the_last_timestep_and_keeps_the_first()
    {
        var plain = new NoiseSchedule();
        var rescaled = new NoiseSchedule(zeroTerminalSnr: true);
        Assert.Equal(0, rescaled.AlphasCumprod[999]);
        Assert.Equal(0, rescaled.Snr(999));
        Assert.Equal(plain.AlphasCumprod[0], rescaled.AlphasCumprod[0], 1e-7);
        Assert.Equal(0.190434, rescaled.AlphasCumprod[400], 1e-6);
    }

    [Fact]
    public void Trained_betas_replace_the_curve()
    {
        var config = SchedulerConfig.Parse(new JsonObject
        {
            ["num_train_timesteps"] = 3,
            ["original_inference_steps"] = 3,
            ["trained_betas"] = new JsonArray(0.1, 0.2, 0.5),
        });
        Assert.Equal([0.1f, 0.2f, 0.5f], NoiseSchedule.From(config).Betas.ToArray());
        Assert.Equal(0.36, NoiseSchedule.From(config).AlphasCumprod[2], 1e-6);
    }

    static void Equal(double[] expected, ReadOnlySpan<float> actual, string label)
    {
        var found = Array.ConvertAll(actual.ToArray(), v => (double)v);
        Close.Assert(expected, found, 1e-7, label);
        Assert.Equal(expected, found);
    }
}
