using PixArt.Torch;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;

namespace PixArt.Training.Tests.Ranks;

public sealed class GradientReducerTests
{
    [Fact]
    public void Finish_GivesEveryRankTheMeanOfAll_AndSendsEarlyOnceItKnowsTheModel()
    {
        using var leak = new LeakCheck();
        RankThreads.Run(3, ranks => OnParameters(ranks, (parameters, reducer) =>
        {
            for (var step = 0; step < 3; step++)
            {
                Backward(parameters, uses: 1, factor: ranks.Rank + step, reducer);
                reducer.Finish(ranks);
                for (var i = 0; i < parameters.Length; i++) Assert.Equal([(1f + step) * (i + 1), (1f + step) * (i + 1)], Gradient(parameters[i]));
                Assert.Equal(step * parameters.Length, reducer.SentEarly);
            }

            Assert.Equal(0, reducer.LateSteps);
        }));
    }

    [Fact]
    public void Finish_WhatNoRankHas_StaysNone_AndWhatOneHasIsShared()
    {
        RankThreads.Run(2, ranks => OnParameters(ranks, (parameters, reducer) =>
        {
            reducer.Begin();
            using (var loss = Loss(parameters[0], 4)) loss.Backward();
            if (ranks.Rank == 1)
                using (var loss = Loss(parameters[1], 4)) loss.Backward();
            reducer.Finish(ranks);
            Assert.Equal([4f, 4], Gradient(parameters[0]));
            Assert.Equal([2f, 2], Gradient(parameters[1]));
            Assert.Null(parameters[2].Value.Grad);
        }));
    }

    [Fact]
    public void Finish_GradientsThatComeAfterTheirBucketHasGone_AreTakenIn()
    {
        using var leak = new LeakCheck();
        RankThreads.Run(2, ranks => OnParameters(ranks, (parameters, reducer) =>
        {
            Backward(parameters, uses: 1, factor: 1, reducer);
            reducer.Finish(ranks);
            Forget(parameters);
            // On one rank each parameter is now used in three blocks that are computed again, and so added to three times.
            Backward(parameters, uses: ranks.Rank == 0 ? 3 : 1, factor: 1, reducer);
            reducer.Finish(ranks);
            Assert.Equal(1, reducer.LateSteps);
            for (var i = 0; i < parameters.Length; i++) Assert.Equal([2f * (i + 1), 2f * (i + 1)], Gradient(parameters[i]));
        }));
    }

    static void OnParameters(TrainingRanks ranks, Action<TrainedTensor[], GradientReducer> action)
    {
        ranks.Connect(Device.Cpu);
        TrainedTensor[] parameters = [.. Enumerable.Range(0, 4).Select(i => new TrainedTensor($"{i}", TensorScope.Release(Tensor.Ones([2]))))];
        foreach (var parameter in parameters) parameter.Value.RequiresGrad = true;
        using (var scope = TensorScope.Begin())
        using (var reducer = new GradientReducer(parameters, ranks.Tensors, bucketBytes: 8)) action(parameters, reducer);
        foreach (var parameter in parameters) parameter.Value.Dispose();
    }

    // The gradient of parameter i becomes (i + 1) times the factor for each use.
    static void Backward(TrainedTensor[] parameters, int uses, double factor, GradientReducer reducer)
    {
        using var scope = TensorScope.Begin();
        Forget(parameters);
        reducer.Begin();
        var start = Tensor.Zeros([2]);
        start.RequiresGrad = true;
        var sum = start;
        for (var use = 0; use < uses; use++)
            for (var i = 0; i < parameters.Length; i++)
            {
                var value = parameters[i].Value;
                var weight = (i + 1) * factor;
                sum = Autograd.Checkpoint(inputs => inputs[0] + (value * weight), sum);
            }

        sum.Sum().Backward();
    }

    static void Forget(TrainedTensor[] parameters)
    {
        foreach (var parameter in parameters) parameter.Value.Grad = null;
    }

    static Tensor Loss(TrainedTensor parameter, double factor)
    {
        using var scope = TensorScope.Begin();
        return TensorScope.Release((parameter.Value * factor).Sum());
    }

    static float[] Gradient(TrainedTensor parameter)
    {
        using var gradient = parameter.Value.Grad!;
        return gradient.ToArray<float>();
    }
}
