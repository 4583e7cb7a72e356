using System.Globalization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Ranks;

/// <summary>Hosts with a network of their own each: namespaces whose cables end in one bridge. Tests that ask for them are skipped where they cannot be made:
/// that needs root, and ip (iproute2), and a system that lets them reach each other.</summary>
sealed class RankHosts : IDisposable
{
    readonly string _name = string.Create(CultureInfo.InvariantCulture, $"px{Environment.ProcessId % 100_000}");
    readonly int _count;

    public RankHosts(int count)
    {
        _count = count;
        if (OperatingSystem.IsLinux() && Ip($"link add {_name} type bridge") && Ip($"link set {_name} up") && Enumerable.Range(0, count).All(Connect) && Reaches(1, 0)) return;
        Dispose();
        Assert.Skip("networks of their own need root and ip, and have to reach each other");
    }

    /// <summary>Trains with a rank on each host.</summary>
    public void Train(TrainingRecipe recipe)
    {
        var ranks = Enumerable.Range(0, _count).Select(rank => RecipeProcess.Start(recipe, ["ip", "netns", "exec", Host(rank)], new(StringComparer.Ordinal)
        {
            ["RANK"] = Text(rank),
            ["WORLD_SIZE"] = Text(_count),
            ["MASTER_ADDR"] = Address(0),
        })).ToArray();
        foreach (var rank in ranks)
        {
            using (rank)
            {
                rank.StandardOutput.ReadToEnd();
                rank.WaitForExit();
                Assert.Equal(0, rank.ExitCode);
            }
        }
    }

    public void Dispose()
    {
        for (var i = 0; i < _count; i++) Ip($"netns del {Host(i)}");
        Ip($"link del {_name}");
    }

    bool Connect(int number) => Ip($"netns add {Host(number)}")
        && Ip($"link add {_name}v{number} type veth peer name eth0 netns {Host(number)}")
        && Ip($"link set {_name}v{number} master {_name} up")
        && Ip($"-n {Host(number)} addr add {Address(number)}/24 dev eth0")
        && Ip($"-n {Host(number)} link set eth0 up")
        && Ip($"-n {Host(number)} link set lo up");

    string Host(int number) => $"{_name}h{Text(number)}";

    static string Address(int number) => $"10.78.0.{Text(number + 1)}";

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Where nobody listens, a host that is reached refuses at once.
    bool Reaches(int from, int to) => Tool.Run(
        "ip", ["netns", "exec", Host(from), "timeout", "5", "bash", "-c", $": </dev/tcp/{Address(to)}/9"]).Said.Contains("refused", StringComparison.OrdinalIgnoreCase);

    static bool Ip(string arguments) => Tool.Run("ip", arguments.Split(' ')).Code == 0;
}
