using System.Globalization;
using System.Text;
using System.Text.Json;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>Writes a model's weights as one safetensors file, or as shards with their index, named as diffusers and transformers name them.</summary>
public static class SafetensorsShards
{
    static readonly Dictionary<string, string> s_metadata = new(StringComparer.Ordinal) { ["format"] = "pt" };

    /// <summary>Writes the files. Tensors keep their order from shard to shard; each is read when its turn comes.</summary>
    /// <param name="folder">Where to; made when missing.</param>
    /// <param name="stem"><c>diffusion_pytorch_model</c> or <c>model</c>.</param>
    /// <param name="tensors">What to write.</param>
    /// <param name="limit">Most bytes of tensors in a file; null: one file. A larger tensor has a file of its own.</param>
    /// <returns>The files, the index first where there is one.</returns>
    /// <exception cref="InvalidSettingException">The limit is not positive.</exception>
    /// <exception cref="PixArtException">A name appears twice, or a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, string stem, IEnumerable<TensorToWrite> tensors, long? limit = null)
    {
        if (limit < 1) throw new InvalidSettingException("shard size", limit, "at least 1 byte");
        var shards = Split(folder, tensors, limit ?? long.MaxValue);
        if (shards.Count == 1)
        {
            var whole = Path.Combine(folder, $"{stem}.safetensors");
            SafetensorsWriter.Write(whole, shards[0], s_metadata);
            return [whole];
        }

        var names = shards.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{i + 1:00000}-of-{shards.Count:00000}.safetensors")).ToArray();
        for (var i = 0; i < names.Length; i++) SafetensorsWriter.Write(Path.Combine(folder, names[i]), shards[i], s_metadata);
        var index = Path.Combine(folder, $"{stem}.safetensors.index.json");
        AtomicFile.WriteText(index, Index(shards, names));
        return [index, .. names.Select(name => Path.Combine(folder, name))];
    }

    static List<List<TensorToWrite>> Split(string folder, IEnumerable<TensorToWrite> tensors, long limit)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        List<List<TensorToWrite>> shards = [[]];
        var bytes = 0L;
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name)) throw new WeightsException(InvalidHeaderDeserialization, folder, tensor.Name, "a second tensor has this name");
            var size = BytesOf(tensor);
            if (shards[^1].Count > 0 && size > limit - bytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(tensor);
            bytes += size;
        }

        return shards;
    }

    static string Index(List<List<TensorToWrite>> shards, string[] names)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", shards.Sum(shard => shard.Sum(BytesOf)));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach (var (name, file) in shards.SelectMany((shard, i) => shard.Select(t => (t.Name, File: names[i]))).OrderBy(t => t.Name, StringComparer.Ordinal))
                json.WriteString(name, file);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray()) + "\n";
    }

    static long BytesOf(TensorToWrite tensor) => SafetensorsHeader.ByteCount(tensor.Name, tensor.Name, tensor.Type, tensor.Shape);
}
