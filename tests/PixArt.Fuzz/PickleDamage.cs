using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Fuzz;

/// <summary>Damage to PyTorch files: a change of length breaks the container, so half of the time the pickle within is damaged and the
/// container is whole.</summary>
static class PickleDamage
{
    public static byte[] Apply(byte[] bytes, byte[] other, Random random) =>
        random.Next(2) == 0 && Parts(bytes) is { } parts ? Rebuilt(parts, PickleOf(other) ?? other, random) : ByteMutator.Mutate(bytes, other, random);

    static List<(string Name, byte[] Data)>? Parts(byte[] bytes)
    {
        using var file = new MappedFile("seed", bytes);
        if (!StoredArchive.Recognises(file)) return null;
        return [.. StoredArchive.Read(file).Entries.Select(e => (e.Key, file.Span(e.Value.Offset, e.Value.Length).ToArray()))];
    }

    static byte[]? PickleOf(byte[] bytes) => Parts(bytes)?.Find(part => IsPickle(part.Name)).Data;

    static byte[] Rebuilt(List<(string Name, byte[] Data)> parts, byte[] other, Random random)
    {
        using var memory = new MemoryStream();
        var archive = new StoredArchiveWriter(memory);
        foreach (var (name, data) in parts)
        {
            var given = IsPickle(name) ? ByteMutator.Mutate(data, other, random) : data;
            archive.Add(name, given.Length, s => s.Write(given));
        }

        archive.Finish();
        return memory.ToArray();
    }

    static bool IsPickle(string name) => name.EndsWith("/data.pkl", StringComparison.Ordinal);
}
