using System.Globalization;

namespace PixArt.Torch.Distributed;

/// <summary>Which process of a job this one is, and where the first one waits for the others.</summary>
/// <param name="Rank">Number of this process, 0 up to, not including, <paramref name="World"/>.</param>
/// <param name="World">Number of processes, 1 or more.</param>
/// <param name="LocalRank">Its number on its machine, which picks its device.</param>
/// <param name="MasterAddress">Name or address of the machine that rank 0 runs on.</param>
/// <param name="MasterPort">A free port there.</param>
public sealed record RankEnvironment(int Rank, int World, int LocalRank, string MasterAddress, int MasterPort)
{
    /// <summary>The port where none is given; PyTorch's.</summary>
    public const int DefaultPort = 29500;

    // Who starts processes, and what he calls their numbers.
    private static readonly (string Rank, string World, string? Local)[] Launchers =
    [
        ("RANK", "WORLD_SIZE", "LOCAL_RANK"), // torchrun, and whoever sets its names
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"), // Open MPI
        ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"), // MPICH and Intel MPI
        ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"), // srun; a batch script itself, which is no task of a step, lacks the second
        ("JOB_COMPLETION_INDEX", "WORLD_SIZE", null), // Kubernetes Indexed Jobs; WORLD_SIZE is the manifest's affair
    ];

    /// <summary>Whether the launcher itself serves the store on the port (torchrun says so in TORCHELASTIC_USE_AGENT_STORE).</summary>
    public bool StoreIsServed { get; init; }

    /// <summary>What keeps one attempt's values in the store apart from another's.</summary>
    public string Attempt { get; init; } = "";

    /// <summary>Reads the process's environment.</summary>
    /// <returns>Null where it names no job of more than one process.</returns>
    /// <exception cref="FormatException">A variable is not what it should be; the message says which, in plain words.</exception>
    public static RankEnvironment? OfProcess() => Read(Environment.GetEnvironmentVariable);

    /// <summary>Reads an environment.</summary>
    /// <param name="variable">Gives a variable's value, or null.</param>
    /// <inheritdoc cref="OfProcess"/>
    public static RankEnvironment? Read(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        foreach ((string rankName, string worldName, string? localName) in Launchers)
        {
            if (variable(rankName) is not { Length: > 0 } || variable(worldName) is not { Length: > 0 }) continue;
            int world = Number(variable, worldName, 1, int.MaxValue);
            int rank = Number(variable, rankName, 0, world - 1);
            if (world == 1) return null;
            int local = localName is not null && variable(localName) is { Length: > 0 } ? Number(variable, localName, 0, int.MaxValue) : 0;
            return new(rank, world, local, Address(variable, world), Port(variable))
            {
                StoreIsServed = variable("TORCHELASTIC_USE_AGENT_STORE") is "True",
                Attempt = variable("TORCHELASTIC_RESTART_COUNT") ?? "",
            };
        }

        return null;
    }

    private static string Address(Func<string, string?> variable, int world)
    {
        if (variable("MASTER_ADDR") is { Length: > 0 } given) return given;
        if (variable("SLURM_LAUNCH_NODE_IPADDR") is { Length: > 0 } slurm && variable("SLURM_NNODES") is "1") return slurm;
        throw new FormatException($"MASTER_ADDR is missing, expected the name or address of the machine of rank 0, as this is one of {world} processes");
    }

    private static int Port(Func<string, string?> variable) =>
        variable("MASTER_PORT") is { Length: > 0 } ? Number(variable, "MASTER_PORT", 1, ushort.MaxValue) : DefaultPort;

    private static int Number(Func<string, string?> variable, string name, int low, int high)
    {
        string? text = variable(name);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high) return value;
        throw new FormatException($"{name} is '{text}', expected a whole number {(high == int.MaxValue ? $"of at least {low}" : $"from {low} to {high}")}");
    }
}
