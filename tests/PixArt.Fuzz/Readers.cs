using PixArt.Imaging;
using PixArt.Weights;

namespace PixArt.Fuzz;

/// <summary>The readers and the files that they begin with.</summary>
static class Readers
{
    // Small files are damaged where it matters more often, and are quicker.
    const long LargestSeed = 200_000;

    public static IReadOnlyList<string> Names { get; } = ["pickle", "safetensors", "npz", "gguf", "image"];

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="goldens">Folder with files to damage.</param>
    public static Reader Create(string name, string goldens) => name switch
    {
        "pickle" => new(name, FilesOf(goldens, "*.pth"), PickleDamage.Apply, WeightsReading.ReadAll),
        "safetensors" => new(name, FilesOf(goldens, "*.safetensors"), (bytes, other, random) => ByteMutator.Mutate(bytes, other, random), WeightsReading.ReadAll),
        "npz" => new(name, NumpySeeds.Of(goldens), NumpyDamage.Apply, NumpySeeds.ReadAll),
        "gguf" => new(name, GgufSeeds.All(), (bytes, other, random) => ByteMutator.Mutate(bytes, other, random), WeightsReading.ReadAll),
        "image" => new(name, ImageSeeds.All(), ImageDamage.Apply, ReadImage),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such reader"),
    };

    // 4 million pixels in four channels are 16 MB; the limit is the caller's to choose, and the promise of 64 MB holds for this one.
    static void ReadImage(byte[] bytes)
    {
        try
        {
            _ = Image.Decode(bytes, new ImageLimits { MaxPixels = 1 << 22, MaxSide = 1 << 14 });
        }
        finally
        {
            _ = ImageMetadata.Read(bytes);
        }
    }

    static List<(string Name, byte[] Bytes)> FilesOf(string folder, string pattern) =>
        [.. new DirectoryInfo(folder).EnumerateFiles(pattern, SearchOption.AllDirectories).Where(file => file.Length <= LargestSeed)
            .OrderBy(file => file.FullName, StringComparer.Ordinal).Select(file => (file.Name, File.ReadAllBytes(file.FullName)))];
}
