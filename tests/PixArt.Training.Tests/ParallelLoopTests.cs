namespace PixArt.Training.Tests;

public sealed class ParallelLoopTests
{
    [Fact]
    public void Run_DoesEachOnce()
    {
        var done = new int[100];
        ParallelLoop.Run(done.Length, i => Interlocked.Increment(ref done[i]));
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Run_WhatFails_IsThrownAsItIs()
    {
        var error = Assert.Throws<PixArtException>(() => ParallelLoop.Run(8, i => throw new PixArtException($"{i} of them is damaged")));
        Assert.EndsWith("of them is damaged", error.Message, StringComparison.Ordinal);
    }
}
