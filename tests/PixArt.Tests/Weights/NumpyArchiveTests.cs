using System.IO.Compression;
using PixArt.TestKit;
using PixArt.Weights;

namespace PixArt.Tests.Weights;

public sealed class NumpyArchiveTests
{
    static readonly KeyValuePair<string, NumpyArray>[] s_arrays =
    [
        new("caption_feature", NumpyArray.From<float>([.. Enumerable.Range(0, 400).Select(i => i % 7 / 4f)], 1, 100, 4)),
        new("attention_mask", NumpyArray.From<short>([1, 1, 0], 1, 3)),
    ];

    [Fact]
    public void Read_gives_numpys_arrays()
    {
        using var features = NumpyArchive.Open(OwnData.Path("numpy/caption_features.npz"));
        Assert.Equal(["caption_feature", "attention_mask"], features.Names);
        Assert.Equal([1, 6, 4], features["caption_feature"].Shape);
        Assert.Equal(1.25f, features["caption_feature"].Elements<float>()[20]);
        Assert.Equal([1, 1, 1, 1, 0, 0], features["attention_mask"].Elements<long>().ToArray());
        using var stored = NumpyArchive.Open(OwnData.Path("numpy/stored.npz"));
        Assert.Equal(features["caption_feature"].Bytes.ToArray(), stored["arr_0"].Bytes.ToArray());
        Assert.Equal(StoredType.I16, stored["mask"].Type);
    }

    [Theory]
    [InlineData(true, 8)]
    [InlineData(false, 0)]
    public void Written_archives_come_back_and_are_the_same_every_time(bool compress, int method)
    {
        using var folder = new TemporaryFolder();
        NumpyArchive.Write(folder["a.npz"], s_arrays, compress);
        NumpyArchive.Write(folder["b.npz"], s_arrays, compress);
        var bytes = File.ReadAllBytes(folder["a.npz"]);
        Assert.Equal(bytes, File.ReadAllBytes(folder["b.npz"]));
        Assert.Equal(method, bytes[8]);
        using var archive = NumpyArchive.Open(folder["a.npz"]);
        foreach (var (name, array) in s_arrays)
        {
            Assert.Equal(array.Shape, archive[name].Shape);
            Assert.Equal(array.Bytes.ToArray(), archive[name].Bytes.ToArray());
        }

        Assert.False(archive.Has("other"));
        Assert.Equal($"{folder["a.npz"]}: tensor 'other': is not among the 2 arrays of the file", Assert.Throws<WeightsException>(() => archive["other"]).Message);
    }

    [Fact]
    public void A_changed_element_fails_the_checksum()
    {
        using var folder = new TemporaryFolder();
        NumpyArchive.Write(folder["a.npz"], s_arrays, compress: false);
        var bytes = File.ReadAllBytes(folder["a.npz"]);
        bytes[bytes.AsSpan().IndexOf("NUMPY"u8) + 200] ^= 1;
        File.WriteAllBytes(folder["a.npz"], bytes);
        using var archive = NumpyArchive.Open(folder["a.npz"]);
        Assert.Matches(": tensor 'caption_feature': has the checksum [0-9a-f]{8}, expected [0-9a-f]{8}$", Assert.Throws<WeightsException>(() => archive["caption_feature"]).Message);
    }

    [Fact]
    public void A_name_that_is_there_twice_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith("two arrays are named 'caption_feature'", Assert.Throws<ArgumentException>(() => NumpyArchive.Write(folder["a.npz"], [s_arrays[0], s_arrays[0]])).Message);
        Assert.False(File.Exists(folder["a.npz"]));
        using (var zip = ZipFile.Open(folder["b.npz"], ZipArchiveMode.Create))
        {
            zip.CreateEntry("x.npy");
            zip.CreateEntry("x.npy");
        }

        Assert.Equal($"{folder["b.npz"]}: tensor 'x': is there twice", Assert.Throws<WeightsException>(() => NumpyArchive.Open(folder["b.npz"])).Message);
    }

    [Fact]
    public void More_entries_than_anybody_needs_are_refused()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["a.npz"], ZipArchiveMode.Create))
            for (var i = 0; i <= 100_000; i++) zip.CreateEntry($"{i}", CompressionLevel.NoCompression);
        Assert.Equal($"{folder["a.npz"]}: has 100001 entries, at most 100000 are read", Assert.Throws<WeightsException>(() => NumpyArchive.Open(folder["a.npz"])).Message);
    }

    [Fact]
    public void A_small_entry_that_grows_beyond_the_limit_is_refused_before_it_is_unpacked()
    {
        using var folder = new TemporaryFolder();
        NumpyArchive.Write(folder["a.npz"], [new("zeros", NumpyArray.From<byte>(new byte[5_000_000], 5_000_000))]);
        Assert.InRange(new FileInfo(folder["a.npz"]).Length, 0, 20_000);
        using var archive = NumpyArchive.Open(folder["a.npz"], limit: 1_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal($"{folder["a.npz"]}: tensor 'zeros': has 5000000 bytes, at most 1000000 are read", Assert.Throws<WeightsException>(() => archive["zeros"]).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData("stored.npz", 1)]
    [InlineData("caption_features.npz", 2)]
    [InlineData("float32.npy", 3)]
    [InlineData("fortran_float64.npy", 4)]
    public void Any_damage_gives_an_array_or_a_typed_error(string file, int seed)
    {
        using var folder = new TemporaryFolder();
        var sound = File.ReadAllBytes(OwnData.Path($"numpy/{file}"));
        var random = new Random(seed);
        var refused = 0;
        for (var round = 0; round < 600; round++)
        {
            var damaged = Damage(sound, random);
            File.WriteAllBytes(folder["a"], damaged);
            try
            {
                ReadAll(folder["a"], archive: file.EndsWith('z'));
            }
            catch (WeightsException e)
            {
                Assert.StartsWith(folder["a"], e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 100, 600);
    }

    static void ReadAll(string path, bool archive)
    {
        if (!archive)
        {
            NumpyFile.Read(path);
            return;
        }

        using var opened = NumpyArchive.Open(path);
        foreach (var name in opened.Names) _ = opened[name];
    }

    static byte[] Damage(byte[] sound, Random random)
    {
        var bytes = (byte[])sound.Clone();
        switch (random.Next(5))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1: return [.. bytes, .. new byte[random.Next(1, 9)]];
            case 2:
                var at = random.Next(bytes.Length);
                return [.. bytes[..at], .. new byte[random.Next(1, 5)], .. bytes[at..]];
            case 3:
                var start = random.Next(bytes.Length - 8);
                random.NextBytes(bytes.AsSpan(start, 8));
                return bytes;
            default:
                for (var i = random.Next(1, 6); i > 0; i--) bytes[random.Next(Math.Min(bytes.Length, 160))] = (byte)random.Next(256);
                return bytes;
        }
    }
}
