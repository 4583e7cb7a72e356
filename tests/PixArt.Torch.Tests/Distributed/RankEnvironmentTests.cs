using PixArt.Torch.Distributed;

namespace PixArt.Torch.Tests.Distributed;

public sealed class RankEnvironmentTests
{
    [Theory]
    [InlineData("RANK=3 WORLD_SIZE=8 LOCAL_RANK=1 MASTER_ADDR=a MASTER_PORT=1234", 3, 8, 1, 1234)]
    [InlineData("OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=8 OMPI_COMM_WORLD_LOCAL_RANK=1 MASTER_ADDR=a", 3, 8, 1, RankEnvironment.DefaultPort)]
    [InlineData("PMI_RANK=2 PMI_SIZE=4 MASTER_ADDR=a", 2, 4, 0, RankEnvironment.DefaultPort)]
    [InlineData("SLURM_PROCID=3 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=1 MASTER_ADDR=a", 3, 8, 1, RankEnvironment.DefaultPort)]
    [InlineData("JOB_COMPLETION_INDEX=1 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=9", 1, 2, 0, 9)]
    [InlineData("RANK=1 WORLD_SIZE=2 SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=8 MASTER_ADDR=a", 1, 2, 0, RankEnvironment.DefaultPort)]
    public void Read_WhatALauncherSets(string variables, int rank, int world, int local, int port) =>
        Assert.Equal(new(rank, world, local, "a", port), Read(variables));

    [Theory]
    [InlineData("")]
    [InlineData("RANK=0 WORLD_SIZE=1")]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=8")] // a batch script, outside of srun
    [InlineData("JOB_COMPLETION_INDEX=1")]
    public void Read_OneProcess_IsNoJob(string variables) => Assert.Null(Read(variables));

    [Theory]
    [InlineData("RANK=8 WORLD_SIZE=8 MASTER_ADDR=a", "RANK is '8', expected a whole number from 0 to 7")]
    [InlineData("RANK=x WORLD_SIZE=8 MASTER_ADDR=a", "RANK is 'x'")]
    [InlineData("RANK=0 WORLD_SIZE=0 MASTER_ADDR=a", "WORLD_SIZE is '0', expected a whole number of at least 1")]
    [InlineData("RANK=0 WORLD_SIZE=2", "MASTER_ADDR is missing")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=70000", "MASTER_PORT is '70000'")]
    public void Read_WhatCannotBe_SaysWhichVariable(string variables, string message) =>
        Assert.StartsWith(message, Assert.Throws<FormatException>(() => Read(variables)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_TorchrunThatServesTheStore_IsHeeded()
    {
        var place = Read("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a TORCHELASTIC_USE_AGENT_STORE=True TORCHELASTIC_RESTART_COUNT=3")!;
        Assert.True(place.StoreIsServed);
        Assert.Equal("3", place.Attempt);
    }

    static RankEnvironment? Read(string variables)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1], StringComparer.Ordinal);
        return RankEnvironment.Read(name => values.GetValueOrDefault(name));
    }
}
