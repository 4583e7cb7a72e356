using System.Globalization;
using PixArt.Weights.PyTorch;

namespace PixArt.Weights.Fuzzing;

/// <summary>Feeds damaged weight files to the readers. Promises: only <see cref="WeightsException"/>, with a message of one line;
/// no allocation beyond 64 MB and the input's length; no tensor outside its file.</summary>
public static class WeightsFuzz
{
    const long Allowance = 64 << 20;
    const int MaxFailures = 10;

    /// <summary>Runs.</summary>
    /// <param name="seeds">Valid safetensors and PyTorch files, best small ones.</param>
    /// <param name="count">Inputs to try.</param>
    /// <param name="first">Number of the first input; each input depends on its number alone.</param>
    /// <param name="progress">Told the number of inputs tried, now and then.</param>
    /// <param name="cancellation">Ends the run with what it has.</param>
    public static FuzzReport Run(
        IReadOnlyList<string> seeds, long count, long first = 0, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seeds.Count);
        var originals = seeds.Select(path => (Path: path, Bytes: File.ReadAllBytes(path))).ToArray();
        var refused = new SortedDictionary<WeightsErrorKind, long>();
        var failures = new List<FuzzFailure>();
        var (runs, read, largest) = (0L, 0L, 0L);
        for (var i = first; i < first + count && failures.Count < MaxFailures && !cancellation.IsCancellationRequested; i++, runs++)
        {
            var random = new Random(HashCode(i));
            var (path, bytes) = originals[random.Next(originals.Length)];
            var input = Damage(bytes, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            string? broken = null;
            try
            {
                ReadAll(input);
                read++;
            }
            catch (WeightsException e) when (!e.Message.Any(char.IsControl))
            {
                refused[e.Kind] = refused.GetValueOrDefault(e.Kind) + 1;
            }
            catch (Exception e)
            {
                broken = e.ToString();
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before - input.Length;
            largest = Math.Max(largest, allocated);
            if (allocated > Allowance) broken ??= string.Create(CultureInfo.InvariantCulture, $"allocated {allocated} bytes beyond the input's {input.Length}");
            if (broken is not null) failures.Add(new FuzzFailure(i, path, broken, input));
            if ((runs & 1023) == 0) progress?.Report(runs);
        }

        return new FuzzReport(runs, refused, read, largest, failures);
    }

    /// <summary>Reads everything that a reader gives of these bytes.</summary>
    internal static void ReadAll(byte[] input)
    {
        using var file = WeightsFile.Open(new MappedFile("fuzz", input));
        foreach (var tensor in file.Tensors.Values)
        {
            if (tensor.ByteCount == 0) continue;
            var last = tensor.Strides is { } strides
                ? tensor.Shape.Select((size, d) => (size - 1) * strides[d]).Sum() * (tensor.Type.Bits() / 8)
                : tensor.ByteCount - Math.Max(1, tensor.Type.Bits() / 8);
            if (tensor.Offset < 0 || tensor.Offset + last + Math.Max(1, tensor.Type.Bits() / 8) > input.Length)
                throw new InvalidOperationException($"tensor '{tensor.Name}' lies outside the file");
        }

        foreach (var (name, value) in file.Metadata) _ = name.Length + value.Length;
    }

    static byte[] Damage(byte[] bytes, Random random)
    {
        // A change of length breaks the container; half of the time the pickle within is damaged and the container is whole.
        if (random.Next(2) == 0 && Pickle(bytes) is { } parts) return Rebuilt(parts, random);
        return ByteMutator.Mutate(bytes, random);
    }

    static List<(string Name, byte[] Data)>? Pickle(byte[] bytes)
    {
        using var file = new MappedFile("seed", bytes);
        if (!StoredArchive.Recognises(file)) return null;
        return [.. StoredArchive.Read(file).Entries.Select(e => (e.Key, file.Span(e.Value.Offset, e.Value.Length).ToArray()))];
    }

    static byte[] Rebuilt(List<(string Name, byte[] Data)> parts, Random random)
    {
        using var memory = new MemoryStream();
        var archive = new StoredArchiveWriter(memory);
        foreach (var (name, data) in parts)
        {
            var given = name.EndsWith("/data.pkl", StringComparison.Ordinal) ? ByteMutator.Mutate(data, random) : data;
            archive.Add(name, given.Length, s => s.Write(given));
        }

        archive.Finish();
        return memory.ToArray();
    }

    // Neighbouring numbers must not give neighbouring random streams; the same on every machine and run.
    static int HashCode(long i)
    {
        var z = (ulong)i + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        return (int)((z ^ (z >> 27)) * 0x94D049BB133111EB >> 33);
    }
}
