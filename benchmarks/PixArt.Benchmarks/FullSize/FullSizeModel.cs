using PixArt.Models;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Benchmarks.FullSize;

/// <summary>A model folder with random weights, which goes away when it is disposed.</summary>
internal sealed class FullSizeModel : IDisposable
{
    private const string Stem = "diffusion_pytorch_model";
    private readonly FullSizeShapes shapes;

    /// <summary>Writes everything but the transformers.</summary>
    public FullSizeModel(FullSizeShapes shapes, string parent)
    {
        this.shapes = shapes;
        Folder = Directory.CreateDirectory(Path.Combine(parent, $"pixart-full-size-{Environment.ProcessId}")).FullName;
        try
        {
            string shipped = Shipped();
            File.Copy(Path.Combine(shipped, "model_index.json"), Path.Combine(Folder, "model_index.json"));
            Copy(Path.Combine(shipped, "tokenizer"), Path.Combine(Folder, "tokenizer"));
            Copy(Path.Combine(shipped, "scheduler"), Path.Combine(Folder, "scheduler"));
            RandomWeights.Write(Path.Combine(Folder, "text_encoder"), "model", shapes.Text.ToJson(), ScalarType.BFloat16, store => new T5Encoder(shapes.Text, store));
            RandomWeights.Write(Path.Combine(Folder, "vae"), Stem, shapes.Autoencoder.ToJson(), ScalarType.Float32, store => new AutoencoderKL(shapes.Autoencoder, store));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model folder.</summary>
    public string Folder { get; }

    /// <summary>Where the second expert is.</summary>
    public string Expert => Path.Combine(Folder, "detail");

    /// <summary>Bytes that all of it takes at most at one time.</summary>
    public static long BytesOf(FullSizeShapes shapes)
    {
        long expert = RandomWeights.Bytes(store => new PixArtTransformer(shapes.Expert, store), ScalarType.BFloat16);
        long single = RandomWeights.Bytes(store => new PixArtTransformer(shapes.Transformer, store), ScalarType.Float32);
        return RandomWeights.Bytes(store => new T5Encoder(shapes.Text, store), ScalarType.BFloat16)
            + RandomWeights.Bytes(store => new AutoencoderKL(shapes.Autoencoder, store), ScalarType.Float32) + Math.Max(single, 2 * expert);
    }

    /// <summary>Puts the single transformer in, in single precision as α was released.</summary>
    public void WriteSingle() => Write("transformer", shapes.Transformer, ScalarType.Float32);

    /// <summary>Puts two experts in its place, in bfloat16.</summary>
    public void WritePair()
    {
        Directory.Delete(Path.Combine(Folder, "transformer"), recursive: true);
        Write("transformer", shapes.Expert, ScalarType.BFloat16);
        Write("detail", shapes.Expert, ScalarType.BFloat16);
    }

    /// <summary>Deletes the folder.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }

    private void Write(string name, PixArtTransformerConfig config, ScalarType type) =>
        RandomWeights.Write(Path.Combine(Folder, name), Stem, config.ToJson(), type, store => new PixArtTransformer(config, store));

    // The model that comes with the program lends its tokenizer and its sampler.
    private static string Shipped()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string model = Path.Combine(folder.FullName, "models", "fluent-scenes");
            if (File.Exists(Path.Combine(model, ModelFolder.IndexName))) return model;
        }

        throw new DirectoryNotFoundException("there is no models/fluent-scenes above the program");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
