using System.Security.Cryptography;
using System.Text;
using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>
/// Features of texts in a folder, named by a hash of everything that they depend on: the text encoder's weights and shape, the tokenizer,
/// the number format and kind of device, and the prepared text with its limit of tokens. The texts themselves are not stored. Files appear
/// whole or not at all, and the ones used longest ago go when there are too many bytes; several processes may share a folder. A file that
/// cannot be read or written is as good as none.
/// </summary>
sealed class PromptCache(PipelineFolder model, PipelineOptions options)
{
    const string Entry = "embeddings";
    readonly Lazy<byte[]> _encoder = new(() => IdentityOf(model, options));

    /// <summary>Features as the encoder gave them once, on the pipeline's device, or null; the caller's to dispose, outside of every scope.</summary>
    public TextFeatures? Find(string text, int length, CaptionPreparation preparation)
    {
        var path = PathOf(text, length, preparation);
        if (!File.Exists(path)) return null;
        try
        {
            using var source = WeightsSource.Open(path);
            using var stored = source.Read(Entry);
            if (stored.Shape is not [1, > 0 and var tokens, var width] || tokens > length || width != model.TextEncoder.DModel || !stored.DType.IsFloatingPoint()) return null;
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // used now: it goes later
            using var scope = TensorScope.Begin();
            return new(TensorScope.Release(stored.Clone().To(options.Device)), TensorScope.Release(Tensor.Ones([1, tokens], ScalarType.Int64)));
        }
        catch (Exception e) when (e is PixArtException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps features for the next time.</summary>
    public void Add(string text, int length, CaptionPreparation preparation, TextFeatures features)
    {
        try
        {
            SafetensorsWriter.Write(PathOf(text, length, preparation), [KeyValuePair.Create(Entry, features.Embeddings)]);
            Shrink();
        }
        catch (Exception e) when (e is PixArtException or IOException or UnauthorizedAccessException)
        {
            // A full disk or a folder that may not be written: the next run encodes again.
        }
    }

    string PathOf(string text, int length, CaptionPreparation preparation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_encoder.Value);
        hash.AppendData(Encoding.UTF8.GetBytes($"{length} {preparation}\n{preparation.Apply(text)}"));
        return Path.Combine(options.PromptCacheFolder!, $"{Convert.ToHexStringLower(hash.GetHashAndReset())}.safetensors");
    }

    void Shrink()
    {
        var files = new DirectoryInfo(options.PromptCacheFolder!).GetFiles("*.safetensors").OrderByDescending(file => file.LastWriteTimeUtc).ToList();
        var bytes = files.Sum(file => file.Length);
        while (bytes > options.PromptCacheLimit && files.Count > 0)
        {
            bytes -= files[^1].Length;
            files[^1].Delete();
            files.RemoveAt(files.Count - 1);
        }
    }

    static byte[] IdentityOf(PipelineFolder model, PipelineOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var encoder = model.Component("text_encoder");
        using var weights = encoder.OpenWeights(options.Variant);
        hash.AppendData(Encoding.UTF8.GetBytes($"1 {options.DType ?? ComponentLoading.DefaultType(weights, options.Device)} {options.Device.IsCuda}\n{T5EncoderConfig.Of(encoder, options.Variant).ToJson()}\n"));
        WeightsSample.Append(hash, weights);
        foreach (var file in Directory.GetFiles(model.Component("tokenizer").Path).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(file)} {new FileInfo(file).Length}\n"));
            hash.AppendData(File.ReadAllBytes(file));
        }
        return hash.GetHashAndReset();
    }
}
