using PixArt.Torch;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Ranks;

public sealed class ShardedOptimizerTests
{
    [Fact]
    public void Assign_GivesEachParameterToOneRank_AndNoRankMoreThanTheLargestAboveAnother()
    {
        TrainedTensor[] parameters = [.. new long[] { 5, 900, 3, 400, 400, 7, 1, 250 }.Select((n, i) => new TrainedTensor($"{i}", TensorScope.Release(Tensor.Zeros([n]))))];
        var owned = ShardedOptimizer.Assign(parameters, 3);
        Assert.Equal(parameters.Select(p => p.Name), owned.SelectMany(p => p).Select(p => p.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        var sizes = owned.Select(own => own.Sum(p => p.Value.Count)).ToArray();
        Assert.Equal([900, 650, 416], sizes.OrderDescending());
        foreach (var parameter in parameters) parameter.Value.Dispose();
    }

    [Fact]
    public void Validate_Prodigy_WhoseEstimateIsOfAllParameters_IsRefused()
    {
        var error = Assert.Throws<InvalidSettingException>(() => new RanksRecipe { ShardOptimizer = true }.Validate(OptimizerKind.Prodigy));
        Assert.Equal("ranks.shardOptimizer is true, expected false with 'optimizer.kind' prodigy, whose estimate is one for all parameters", error.Message);
    }

    [Fact]
    public void State_OfTheRanks_IsTogetherWhatOneRankHas()
    {
        RankThreads.Run(3, ranks =>
        {
            ranks.Connect(Device.Cpu);
            using var scope = TensorScope.Begin();
            TrainedTensor[] parameters = [.. new long[] { 30, 20, 20, 1 }.Select((n, i) => new TrainedTensor($"{i}", Tensor.Full([n], i + 1)))];
            foreach (var parameter in parameters)
            {
                parameter.Value.RequiresGrad = true;
                parameter.Value.Grad = Tensor.Full(parameter.Value.Shape, 0.5);
            }

            using var sharded = new ShardedOptimizer(parameters, ranks, own => new AdamW(own));
            sharded.Step(0.1);
            // Every rank sees the step of every owner.
            Assert.All(parameters, (parameter, i) => Assert.All(parameter.Value.ToArray<float>(), value => Assert.InRange(value, i + 0.85f, i + 0.95f)));
            using var state = StateGathering.Of(sharded, ranks);
            Assert.Equal(ranks.IsFirst ? 8 : 0, state.State.Count);
            Assert.All(state.State.Where(t => t.Name.StartsWith("exp_avg.", StringComparison.Ordinal)), t => Assert.All(t.Value.ToArray<float>(), value => Assert.Equal(0.05f, value, 1e-6f)));
            Assert.InRange(sharded.State.Sum(t => t.Value.Count), 2, 2 * 30);
        });
    }
}
