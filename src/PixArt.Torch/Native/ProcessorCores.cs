namespace PixArt.Torch.Native;

/// <summary>How many cores this process may use: the threads of one core share its arithmetic units, so a second one only costs.</summary>
internal static class ProcessorCores
{
    private const string Processors = "/sys/devices/system/cpu";

    /// <summary>Physical cores, at most as many as the processors that affinity and container limits leave.</summary>
    internal static int Count()
    {
        if (!Directory.Exists(Processors)) return Environment.ProcessorCount;
        HashSet<string> cores = new(StringComparer.Ordinal);
        for (int processor = 0; ; processor++)
        {
            string siblings = $"{Processors}/cpu{processor}/topology/thread_siblings_list";
            if (!File.Exists(siblings)) break;
            cores.Add(File.ReadAllText(siblings).Trim());
        }

        return cores.Count == 0 ? Environment.ProcessorCount : Math.Min(cores.Count, Environment.ProcessorCount);
    }
}
