using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

/// <summary>Pieces of latent consistency distillation against the published scripts.</summary>
public sealed class ConsistencyProcessTests : IDisposable
{
    const double Tolerance = 1e-5;
    static readonly DiffusionProcess s_process = DiffusionProcess.Linear();
    readonly LeakCheck _leak = new();
    readonly Golden _golden = GoldenSet.Open().Load("training/lcm_pieces");
    readonly TensorScope _scope = TensorScope.Begin();

    public void Dispose()
    {
        _scope.Dispose();
        _golden.Dispose();
        _leak.Dispose();
    }

    long[] Numbers(string name) => _golden.Read(name).ToArray<long>();

    void Check(string name, Tensor actual, double tolerance = Tolerance) => Close.Assert(_golden, name, actual, tolerance);

    [Theory]
    [InlineData("pixart")]
    [InlineData("pixart_lora")]
    [InlineData("diffusers")]
    public void Boundary_IsThePublishedOne(string script)
    {
        var timesteps = Numbers("scalings/in/t");
        Check($"scalings/{script}/c_skip", Floats(timesteps.Select(t => ConsistencyProcess.Boundary(t).Skip)));
        Check($"scalings/{script}/c_out", Floats(timesteps.Select(t => ConsistencyProcess.Boundary(t).Out)));
    }

    [Fact]
    public void Answer_AtTimestepZero_IsTheLatentsThemselves()
    {
        var noisy = Tensor.Randn([1, 4, 2, 2]);
        Assert.Equal(noisy.ToArray<float>(), ConsistencyProcess.Answer(noisy, Tensor.Randn([1, 4, 2, 2]), [0]).ToArray<float>());
    }

    [Theory]
    [InlineData(50)]
    [InlineData(20)]
    public void Step_IsThePublishedDdimSolver(int steps)
    {
        var grid = new ConsistencyProcess(s_process, steps);
        var at = $"ddim_solver_{steps}";
        Close.Equal(Numbers($"{at}/timesteps"), [.. grid.Timesteps.Select(t => (long)t)], at);
        Check($"{at}/alpha_cumprods", Floats(grid.Timesteps.Select(t => s_process.AlphasCumprod[t])));
        Check($"{at}/alpha_cumprods_prev", Floats(Enumerable.Range(0, steps).Select(grid.EarlierProduct)));
        Check($"{at}/out/x_prev", grid.Step(_golden.Read($"{at}/in/pred_x0"), _golden.Read($"{at}/in/pred_noise"), Numbers($"{at}/in/index")));
    }

    [Theory]
    [InlineData("pixart_epsilon", "diffusers_noise_epsilon", PredictionTarget.Epsilon)]
    [InlineData("pixart_v_prediction", "diffusers_noise_v_prediction", PredictionTarget.Velocity)]
    [InlineData("diffusers_x0_epsilon", "diffusers_noise_epsilon", PredictionTarget.Epsilon)]
    [InlineData("diffusers_x0_v_prediction", "diffusers_noise_v_prediction", PredictionTarget.Velocity)]
    [InlineData("diffusers_x0_sample", "diffusers_noise_sample", PredictionTarget.Sample)]
    public void Split_IsThePublishedOne(string x0, string noise, PredictionTarget target)
    {
        var (found, with) = s_process.Split(
            _golden.Read("predicted/in/sample"), _golden.Read("predicted/in/model_output"), Numbers("predicted/in/timesteps"), target);
        Check("predicted/" + x0, found);
        Check("predicted/" + noise, with);
    }

    [Theory]
    [InlineData("huber/c0.001", 0.001)]
    [InlineData("huber/c0.01", 0.01)]
    [InlineData("huber/c1.0", 1.0)]
    public void Distance_AndItsGradient_AreThePseudoHuberLoss(string at, double c)
    {
        var prediction = _golden.Read("huber/in/prediction");
        prediction.RequiresGrad = true;
        var loss = ConsistencyProcess.Distance(prediction, _golden.Read("huber/in/target"), c).Mean();
        Check($"{at}/loss", loss.Detach().Reshape(1));
        loss.Backward();
        using var gradient = prediction.Grad!;
        Check($"{at}/grad", gradient, 1e-4);
    }

    [Fact]
    public void Distance_WithoutHuber_IsTheMeanSquare() =>
        Check("l2/loss", ConsistencyProcess.Distance(_golden.Read("huber/in/prediction"), _golden.Read("huber/in/target"), null).Mean().Reshape(1));

    [Fact]
    public void AStep_OfTheScript_IsReproducedFromNoiseToLoss()
    {
        var grid = new ConsistencyProcess(s_process);
        var places = Numbers("step/in/index");
        long[] start = [.. places.Select(place => (long)grid.Timesteps[(int)place])];
        long[] earlier = [.. start.Select(grid.Earlier)];
        Close.Equal(Numbers("step/out/start_timesteps"), start, "start");
        Close.Equal(Numbers("step/out/timesteps"), earlier, "earlier");
        var noisy = s_process.AddNoise(_golden.Read("step/in/latents"), _golden.Read("step/in/noise"), start);
        Check("step/out/noisy", noisy);

        var answer = ConsistencyProcess.Answer(noisy, X0(noisy, start, Mix(noisy, start)), start);
        Check("step/out/model_pred", answer);
        var (conditional, noise) = s_process.Split(noisy, Mix(noisy, start) + 0.1, start, PredictionTarget.Epsilon);
        var (plain, plainNoise) = s_process.Split(noisy, Mix(noisy, start) - (noisy * 0.1), start, PredictionTarget.Epsilon);
        const double w = 4.5;
        var reached = grid.Step(conditional + ((conditional - plain) * w), noise + ((noise - plainNoise) * w), places);
        Check("step/out/x_prev", reached);
        var target = ConsistencyProcess.Answer(reached, X0(reached, earlier, Mix(reached, earlier) * 0.9), earlier);
        Check("step/out/target", target);
        Check("step/out/loss_huber_0.001", ConsistencyProcess.Distance(answer, target, 0.001).Mean().Reshape(1));
        Check("step/out/loss_l2", ConsistencyProcess.Distance(answer, target, null).Mean().Reshape(1));

        Tensor X0(Tensor x, long[] t, Tensor prediction) => s_process.Split(x, prediction, t, PredictionTarget.Epsilon).X0;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void AGrid_OutsideTheSchedule_IsRefused(int steps)
    {
        var error = Assert.Throws<InvalidSettingException>(() => new ConsistencyProcess(s_process, steps));
        Assert.Equal($"consistency.solverSteps is {steps}, expected 1 to 1000", error.Message);
    }

    // The recorded networks' common part.
    static Tensor Mix(Tensor x, long[] timesteps) =>
        (x * 0.6) + ((x * 3).Sin() * 0.25) + DiffusionProcess.PerSample(timesteps, t => 0.0002 * t, Device.Cpu);

    static Tensor Floats(IEnumerable<double> values)
    {
        float[] all = [.. values.Select(v => (float)v)];
        return Tensor.FromArray(all, all.Length);
    }
}
