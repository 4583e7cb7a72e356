using PixArt.Imaging;
using PixArt.Pipelines;

namespace PixArt.Cli.Tests.Commands;

/// <summary>Runs `pixart generate` on the recorded tiny pipeline, writing into a folder of its own; leaves no tensors.</summary>
public abstract class GenerateFixture : IDisposable
{
    readonly Captured _captured = new();
    readonly LeakCheck _leak = new();

    internal TemporaryFolder Folder { get; } = new();

    internal string[] Written => Directory.GetFileSystemEntries(Folder.Path);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    internal string Output => _captured.Out;

    internal string Error => _captured.Error;

    internal Task<int> GenerateAsync(params string[] args)
    {
        string[] model = Has("--model") || Has("--from") ? [] : ["--model", TinyModel.Original];
        string[] output = Has("--output") ? [] : ["--output", Folder["{index}.png"]];
        return Shell.RunAsync(["generate", .. args, .. model, .. output], _captured.Terminal, CancellationToken.None);

        bool Has(string option) => args.Contains(option, StringComparer.Ordinal);
    }

    /// <summary>A run that works.</summary>
    internal async Task MakeAsync(params string[] args)
    {
        var code = await GenerateAsync(args);
        Assert.True(code == 0, _captured.Error);
    }

    /// <summary>A run that ends with one line and without a new file.</summary>
    internal async Task RefusedAsync(string says, params string[] args)
    {
        var before = Written;
        Assert.Equal(2, await GenerateAsync(args));
        var line = Assert.Single(_captured.Error.TrimEnd('\n').Split('\n'));
        Assert.Contains(says, line, StringComparison.Ordinal);
        Assert.Equal("", _captured.Out);
        Assert.Equal(before, Written);
    }

    internal byte[] Bytes(string name) => File.ReadAllBytes(Folder[name]);

    internal byte[] Pixels(string name) => Image.Load(Folder[name]).Pixels;

    internal GenerationSettings Settings(string name) =>
        GenerationSettings.FromJson(PngMetadata.Read(Folder[name])[GenerationSettings.Keyword], name);

    /// <summary>Writes a picture of one colour, its right half of another.</summary>
    internal string Picture(string name, Rgb left, Rgb right, int width = 16, int height = 16)
    {
        var image = Image.Filled(width, height, left);
        for (var i = 0; i < width * height; i++)
            if (i % width >= width / 2) (image.Pixels[3 * i], image.Pixels[3 * i + 1], image.Pixels[3 * i + 2]) = (right.R, right.G, right.B);
        image.Save(Folder[name]);
        return Folder[name];
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Folder.Dispose();
        _leak.Dispose();
    }
}
