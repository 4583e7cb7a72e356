using System.IO.Compression;

namespace PixArt.Fuzz;

/// <summary>Damage to NumPy archives: half of the time to an array within, in a container whose sums are right.</summary>
static class NumpyDamage
{
    public static byte[] Apply(byte[] bytes, byte[] other, Random random)
    {
        if (random.Next(2) == 0) return ByteMutator.Mutate(bytes, other, random);
        using var memory = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(bytes), ZipArchiveMode.Read))
        using (var to = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            var damaged = random.Next(from.Entries.Count);
            for (var i = 0; i < from.Entries.Count; i++)
            {
                var entry = from.Entries[i];
                var data = Content(entry);
                using var stream = to.CreateEntry(entry.FullName, random.Next(2) == 0 ? CompressionLevel.Fastest : CompressionLevel.NoCompression).Open();
                stream.Write(i == damaged ? ByteMutator.Mutate(data, other, random) : data);
            }
        }

        return memory.ToArray();
    }

    static byte[] Content(ZipArchiveEntry entry)
    {
        using var memory = new MemoryStream();
        using var stream = entry.Open();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
