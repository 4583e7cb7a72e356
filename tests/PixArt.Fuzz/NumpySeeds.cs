using PixArt.Weights;

namespace PixArt.Fuzz;

/// <summary>NumPy archives of recorded tensors, stored and deflated.</summary>
static class NumpySeeds
{
    const int MostArrays = 12;
    const long Limit = 16 << 20;

    public static List<(string Name, byte[] Bytes)> Of(string goldens)
    {
        var seeds = new List<(string, byte[])>();
        foreach (var path in Directory.EnumerateFiles(goldens, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(f => new FileInfo(f).Length < 60_000))
        {
            using var source = WeightsSource.Open(path);
            var arrays = new List<KeyValuePair<string, NumpyArray>>();
            foreach (var name in source.Names.Take(MostArrays))
            {
                using var tensor = source.Read(name);
                arrays.Add(new(name, NumpyArray.From(tensor)));
            }

            foreach (var compress in new[] { false, true }) seeds.Add(($"{Path.GetFileNameWithoutExtension(path)}-{(compress ? "deflated" : "stored")}.npz", Written(arrays, compress)));
        }

        return seeds;
    }

    /// <summary>Reads every array.</summary>
    public static void ReadAll(byte[] bytes)
    {
        using var archive = NumpyArchive.Open(new MemoryStream(bytes, writable: false), "fuzz", Limit);
        foreach (var name in archive.Names) _ = archive[name];
    }

    static byte[] Written(IReadOnlyList<KeyValuePair<string, NumpyArray>> arrays, bool compress)
    {
        var path = Path.GetTempFileName();
        try
        {
            NumpyArchive.Write(path, arrays, compress);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
