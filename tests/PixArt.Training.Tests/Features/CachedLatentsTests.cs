using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Features;

namespace PixArt.Training.Tests.Features;

public sealed class CachedLatentsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static LatentCacheIdentity Identity(string images = "grey", bool deviations = false) => new()
    {
        Images = images,
        Autoencoder = "hash",
        Count = 40,
        Channels = 3,
        Downsampling = 2,
        Deviations = deviations,
        Scale = 2,
        Shift = 0.5,
    };

    [Fact]
    public void Read_AnyOrder_GivesScaledLatentsOfThoseSamples()
    {
        using var leak = new LeakCheck();
        using var cache = Open(Identity(), out var encoded);
        using var generator = new Generator(1);
        using var read = cache.Read(Samples(39, 0, 7), generator);
        Assert.Equal([3, 3, 2, 2], read.Shape);
        Assert.Equal(40, encoded);
        var values = read.ToArray<float>();
        foreach (var (row, index) in new[] { (0, 39), (1, 0), (2, 7) })
            Assert.Equal((Pixel(index) - 0.5f) * 2, values[row * 12], 2e-3f);
        Assert.Equal("sample 7, visit 2", cache.Caption(7, 2));
    }

    [Fact]
    public void Open_ASecondTime_EncodesNothing()
    {
        Open(Identity(), out _).Dispose();
        Open(Identity(), out var again).Dispose();
        Assert.Equal(0, again);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(24 * 16)]
    [InlineData((24 * 39) + 5)]
    public void Open_AfterAnInterruptedBuild_EncodesOnlyTheRest(int bytesLeft)
    {
        Open(Identity(), out _).Dispose();
        var path = Path.Combine(_folder[Identity().Key], "latents-000000.f16");
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..bytesLeft]);
        Open(Identity(), out var again).Dispose();
        Assert.Equal(40 - (bytesLeft / 24), again);
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void Open_OfOtherImages_BeginsAnew()
    {
        Open(Identity(), out _).Dispose();
        Open(Identity("other"), out var again).Dispose();
        Assert.Equal(40, again);
    }

    [Fact]
    public void Read_WithDeviations_DrawsFromThePosterior()
    {
        using var leak = new LeakCheck();
        using var cache = Open(Identity(deviations: true), out _);
        using var one = new Generator(1);
        using var same = new Generator(1);
        using var first = cache.Read(Samples(3), one);
        using var second = cache.Read(Samples(3), same);
        using var third = cache.Read(Samples(3), same);
        Assert.Equal(first.ToArray<float>(), second.ToArray<float>());
        Assert.NotEqual(first.ToArray<float>(), third.ToArray<float>());
        using var seeded = new Generator(1);
        using var noise = Tensor.Randn([1, 3, 2, 2], seeded);
        // The deviation that the test's encoder gives is a tenth everywhere.
        Assert.Equal((Pixel(3) + (0.1f * noise.ToArray<float>()[0]) - 0.5f) * 2, first.ToArray<float>()[0], 2e-3f);
    }

    [Fact]
    public void Open_Cancelled_KeepsWhatWasEncoded()
    {
        using var stop = new CancellationTokenSource();
        var count = 0;
        Assert.Throws<OperationCanceledException>(() => CachedLatents.Open(
            _folder.Path, new Greys(), Identity(), batch => Encode(batch, false, ref count), new Cancelling(stop), stop.Token));
        Open(Identity(), out var again).Dispose();
        Assert.Equal(40 - count, again);
        Assert.InRange(count, 1, 39);
    }

    [Fact]
    public void Open_AFileThatCannotBeWritten_IsToldWithItsName()
    {
        Open(Identity(), out _).Dispose();
        var file = Assert.Single(Directory.GetFiles(_folder.Path, "*.f16", SearchOption.AllDirectories));
        using (var cut = File.OpenWrite(file)) cut.SetLength(cut.Length / 2);
        string Message() => Assert.Throws<PixArtException>(() => Open(Identity(), out _)).Message;
        using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.StartsWith($"cannot add to the latents in '{file}' (does another process?): ", Message(), StringComparison.Ordinal);
        File.Delete(file);
        Directory.CreateDirectory(file);
        Assert.StartsWith($"cannot add to the latents in '{file}' (does another process?): ", Message(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    CachedLatents Open(LatentCacheIdentity identity, out int encoded)
    {
        var count = 0;
        var cache = CachedLatents.Open(_folder.Path, new Greys(), identity, batch => Encode(batch, identity.Deviations, ref count));
        encoded = count;
        return cache;
    }

    static SampleVisit[] Samples(params long[] indices) => [.. indices.Select(index => new SampleVisit(index, 0))];

    static float Pixel(long index) => ((5 * index) / 127.5f) - 1;

    static Tensor Encode(Tensor batch, bool deviations, ref int count)
    {
        count += (int)batch.Size(0);
        using var scope = TensorScope.Begin();
        var latents = batch.Narrow(2, 0, 2).Narrow(3, 0, 2);
        return scope.Keep(deviations ? Tensor.Cat([latents, Tensor.Full(latents.Shape, 0.1)], 1) : latents.Contiguous());
    }

    sealed class Cancelling(CancellationTokenSource stop) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value)
        {
            if (value.Done > 0) stop.Cancel();
        }
    }

    sealed class Greys : IImageData
    {
        public long Count => 40;

        public string Fingerprint => "greys";

        public Image Get(long index, long visit = 0) => Image.Filled(4, 4, new((byte)(5 * index), (byte)(5 * index), (byte)(5 * index)));

        public string Caption(long index, long visit) => $"sample {index}, visit {visit}";

        public void Dispose()
        {
        }
    }
}
