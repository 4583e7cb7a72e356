using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Adapters;
using PixArt.Training.Distillation;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Distillation;

/// <summary>The whole loss against the script's order of steps, written out with four different sets of weights.</summary>
public sealed class ConsistencyDistillationTests : IDisposable
{
    const int Batch = 3;
    const long Pass = 4;
    const double W = 4.5;

    readonly LeakCheck _leak = new();
    readonly DiffusionProcess _process = DiffusionProcess.Linear();
    readonly PixArtTransformer _student = Create(1);
    readonly TensorScope _scope = TensorScope.Begin();

    public void Dispose()
    {
        _scope.Dispose();
        _student.Dispose();
        _leak.Dispose();
    }

    [Theory]
    [InlineData(PredictionTarget.Epsilon)]
    [InlineData(PredictionTarget.Velocity)]
    public void Loss_OfWeights_AsksTeacherStudentAndAverage(PredictionTarget target)
    {
        using var teacher = Create(2);
        using var average = new MovingAverage(Trained(_student), new() { Decay = 0.5, Fixed = true });
        var recipe = Recipe(target);
        using var distillation = new ConsistencyDistillation(recipe, new(_student, null!, null!, null, null) { Teacher = teacher }, _process);
        distillation.Follow(average);
        // The target has the average's weights as they are at each moment.
        using (var moved = Create(3)) CopyInto(_student, moved);
        average.Update();
        using var followed = Create(1);
        foreach (var (name, value) in average.State.Select(t => (t.Name, t.Value))) Assign(followed.Parameters[name], value);

        var expected = Expected(recipe, teacher, followed, _student);
        Close.Assert(expected, (double)Loss(distillation).Item<float>(), 1e-5, $"loss of weights, {target}");
    }

    [Fact]
    public void Loss_OfAnAdapter_AsksTheTransformerWithoutItForTheTeacher()
    {
        using var teacher = Create(1);
        using var adapter = new TrainedAdapter(_student, new() { Rank = 2 }, 1);
        using (GradMode.Disable())
        {
            using var generator = new Generator(5);
            foreach (var parameter in adapter.Parameters)
            {
                using var drawn = Tensor.Randn(parameter.Value.Shape, generator);
                parameter.Value.AddInPlace(drawn, 0.3);
            }
        }

        var recipe = Recipe(PredictionTarget.Epsilon);
        using var distillation = new ConsistencyDistillation(recipe, new(_student, null!, null!, null, null) { Adapter = adapter }, _process);
        var loss = Loss(distillation);
        Assert.True(adapter.IsOn);
        Close.Assert(Expected(recipe, teacher, _student, _student), (double)loss.Item<float>(), 1e-5, "loss of an adapter");
        loss.Backward();
        foreach (var parameter in adapter.Parameters)
        {
            using var gradient = parameter.Value.Grad;
            Assert.NotNull(gradient);
            parameter.Value.Grad = null;
        }
    }

    Tensor Loss(ConsistencyDistillation distillation)
    {
        using var statistics = new LossStatistics();
        return distillation.Loss(Draw(10, Batch, 4, 8, 8), Inputs(11), Inputs(12), Pass, statistics);
    }

    double Expected(TransformerRecipe recipe, PixArtTransformer teacher, PixArtTransformer target, PixArtTransformer student)
    {
        using var off = GradMode.Disable();
        var random = new RandomKey(recipe.Seed, RandomPurpose.Timestep, Pass).Stream();
        var places = new TimestepSampler(new(0, 50), steps: 50).Draw(Batch, ref random);
        long[] t = [.. places.Select(place => (place * 20) + 19)];
        long[] u = [.. t.Select(at => Math.Max(at - 20, 0))];
        using var generator = new RandomKey(recipe.Seed, RandomPurpose.Noise, Pass).Generator();
        var x = _process.AddNoise(Draw(10, Batch, 4, 8, 8), Tensor.Randn([Batch, 4, 8, 8], generator), t);
        var (given, empty) = (Inputs(11), Inputs(12));
        var (x0, noise) = Split(recipe, teacher, x, t, given);
        var (plainX0, plainNoise) = Split(recipe, teacher, x, t, empty);
        var guided = x0 + ((x0 - plainX0) * W);
        var guidedNoise = noise + ((noise - plainNoise) * W);
        var product = DiffusionProcess.PerSample(places, place => _process.AlphasCumprod[place == 0 ? 0 : (place * 20) - 1], Device.Cpu);
        var earlier = (guided * product.Sqrt()) + (guidedNoise * (1.0 - product).Sqrt());
        var wanted = Answer(earlier, Split(recipe, target, earlier, u, given).X0, u);
        var answer = Answer(x, Split(recipe, student, x, t, given).X0, t);
        return (((answer - wanted).Square() + 1e-6).Sqrt() - 0.001).Mean().Item<float>();
    }

    (Tensor X0, Tensor Noise) Split(TransformerRecipe recipe, PixArtTransformer model, Tensor x, long[] t, DenoiserInputs inputs)
    {
        var prediction = model.Forward(x, Tensor.FromArray(t, t.Length), inputs.Text, inputs.Mask);
        var signal = DiffusionProcess.PerSample(t, at => Math.Sqrt(_process.AlphasCumprod[at]), Device.Cpu);
        var spread = DiffusionProcess.PerSample(t, at => Math.Sqrt(1 - _process.AlphasCumprod[at]), Device.Cpu);
        return recipe.Objective.Target == PredictionTarget.Epsilon
            ? ((x - (spread * prediction)) / signal, prediction)
            : ((signal * x) - (spread * prediction), (spread * x) + (signal * prediction));
    }

    static Tensor Answer(Tensor x, Tensor x0, long[] t)
    {
        var skip = DiffusionProcess.PerSample(t, at => 0.25 / ((at * 10.0 * at * 10) + 0.25), Device.Cpu);
        var outer = DiffusionProcess.PerSample(t, at => at * 10 / Math.Sqrt((at * 10.0 * at * 10) + 0.25), Device.Cpu);
        return (x * skip) + (x0 * outer);
    }

    static TransformerRecipe Recipe(PredictionTarget target) => new()
    {
        BatchSize = Batch,
        Consistency = new() { Guidance = W },
        Objective = new() { Target = target },
    };

    static DenoiserInputs Inputs(ulong seed) => new(Draw(seed, Batch, 5, 8), Tensor.Ones([Batch, 5], ScalarType.Int64), null);

    static Tensor Draw(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(shape, generator);
    }

    static IEnumerable<TrainedTensor> Trained(PixArtTransformer model) => model.Parameters.Names.Select(name => new TrainedTensor(name, model.Parameters[name]));

    static void CopyInto(PixArtTransformer to, PixArtTransformer from)
    {
        foreach (var name in to.Parameters.Names) Assign(to.Parameters[name], from.Parameters[name]);
    }

    static void Assign(Tensor to, Tensor from)
    {
        using var off = GradMode.Disable();
        to.CopyInPlace(from);
    }

    static PixArtTransformer Create(ulong seed) => TinyTransformer.Create(seed, config: TinyTransformer.Config with { NumLayers = 1 });
}
