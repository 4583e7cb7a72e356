namespace PixArt.Cli.Tests.Commands;

/// <summary>A copy of the recorded tiny pipeline that a test may damage.</summary>
sealed class TinyModel : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public TinyModel() => FolderCopy.Make(Original, Path);

    /// <summary>The recorded pipeline itself: only to be read.</summary>
    public static string Original
    {
        get
        {
            var set = GoldenSet.Open();
            return set.PathOf(set.Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);
        }
    }

    public string Path => _folder["model"];

    /// <summary>The transformer's weights.</summary>
    public string Weights => System.IO.Path.Combine(Path, "transformer", "diffusion_pytorch_model.safetensors");

    public void Dispose() => _folder.Dispose();
}
