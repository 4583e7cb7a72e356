using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Writes models whose transformers have more blocks, out of the blocks that are there: how PixArt's 600M model of 28 blocks becomes one of
/// 42 (900M). Everything else of a model stays as it is.</summary>
public static class ModelGrowth
{
    const string Blocks = "transformer_blocks.";
    const string Config = "config.json";
    const string Buffers = "original_buffers.safetensors";

    // What a block adds to the stream comes out of these; without them it adds nothing.
    static readonly string[] s_outputs = [".attn1.to_out.0.weight", ".attn1.to_out.0.bias", ".attn2.to_out.0.weight", ".attn2.to_out.0.bias", ".ff.net.2.weight", ".ff.net.2.bias"];

    /// <summary>Grows a model folder, all its experts alike, or the folder of one transformer. The output is written beside its name and renamed: it
    /// is whole or not there.</summary>
    /// <param name="model">The folder.</param>
    /// <param name="output">The new folder; nothing may be there yet.</param>
    /// <param name="layers">Blocks of the result, more than there are; null: half as many again, as 28 become 42.</param>
    /// <param name="method">Which block is a copy of which; <see cref="DepthMethod.Overlap"/> reaches twice the depth.</param>
    /// <param name="cancellation">Ends the work between two files or tensors.</param>
    /// <returns>What became of each transformer.</returns>
    /// <exception cref="InvalidSettingException">The depth cannot be reached, or the model is not one that can grow: 8-bit integers, an adapter among the
    /// experts, a ControlNet.</exception>
    /// <exception cref="PixArtException">A folder or file is missing or damaged, something is there already, or writing failed.</exception>
    public static IReadOnlyList<GrownTransformer> Write(
        string model, string output, int? layers = null, DepthMethod method = DepthMethod.Overlap, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return NewFolder.Write<IReadOnlyList<GrownTransformer>>(output, work =>
        {
            if (!File.Exists(Path.Combine(model, ModelFolder.IndexName))) return [Transformer(model, work, layers, method, cancellation)];
            if (Directory.Exists(Path.Combine(model, "controlnet")))
                throw new InvalidSettingException("model", model, "one without a ControlNet, which reads the blocks that it was trained with; grow its 'transformer' folder alone");
            var manifest = Path.Combine(model, ExpertManifest.FileName);
            if (File.Exists(manifest) && ExpertManifest.Read(manifest).Experts.FirstOrDefault(expert => expert.Kind is not "full") is { } part)
                throw new InvalidSettingException($"kind of expert '{part.Name}'", part.Kind, "full: an adapter or difference fits the depth that it was made for");
            var names = NewModel.Transformers(model);
            foreach (var away in names.Where(name => !Directory.Exists(Path.Combine(model, name))))
                throw new InvalidSettingException("experts.weights", away, "a folder inside the model's");
            var grown = new List<GrownTransformer>();
            NewModel.Copy(model, work, (from, to) =>
            {
                var own = names.Contains(Path.GetFileName(from), StringComparer.Ordinal);
                if (own) grown.Add(Transformer(from, to, layers, method, cancellation));
                return own;
            }, cancellation);
            return grown;
        });
    }

    static GrownTransformer Transformer(string path, string to, int? layers, DepthMethod method, CancellationToken cancellation)
    {
        var folder = new ComponentFolder(path);
        if (folder.Has("adapter_config.json") || folder.Has("pytorch_lora_weights.safetensors"))
            throw new InvalidSettingException("model", path, "a transformer; an adapter fits the depth that it was trained on, and is trained anew on the grown model");
        using var source = folder.OpenWeights();
        if (!source.Has(Blocks + "0.attn1.to_q.weight") || !source.Has("pos_embed.proj.weight"))
            throw new InvalidSettingException("model", path, "a model folder, or the folder of a transformer");
        if (source.IsQuantized) throw new InvalidSettingException($"{path}: weights", "8-bit integers", "floating-point weights");
        var config = folder.Config().As(PixArtTransformerConfig.Read);
        var plan = DepthPlan.Of(config.NumLayers, layers ?? config.NumLayers * 3 / 2, method);
        var tensors = Grown(source, plan, cancellation).ToList();
        NewModel.CopyWords(folder, to);
        if (folder.Has(Buffers)) File.Copy(folder.FileOf(Buffers), Path.Combine(to, Buffers));
        AtomicFile.WriteText(Path.Combine(to, Config), Configured(folder, plan));
        SafetensorsShards.Write(to, "diffusion_pytorch_model", tensors);
        return new(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), config.NumLayers, plan.Count,
            tensors.Where(t => t.Name is not "pos_embed.pos_embed").Sum(t => t.Shape.Aggregate(1L, (count, side) => count * side)));
    }

    static IEnumerable<TensorToWrite> Grown(WeightsSource source, IReadOnlyList<(int Source, bool Silent)> plan, CancellationToken cancellation)
    {
        var all = source.ToWrite().Select(tensor => tensor with
        {
            WriteBytes = stream =>
            {
                cancellation.ThrowIfCancellationRequested();
                tensor.WriteBytes(stream);
            },
        }).ToList();
        foreach (var tensor in all.Where(t => BlockOf(t.Name) is null)) yield return tensor;
        var blocks = all.Where(t => BlockOf(t.Name) is not null).ToLookup(t => BlockOf(t.Name)!.Value);
        for (var block = 0; block < plan.Count; block++)
        {
            var (from, silent) = plan[block];
            foreach (var tensor in blocks[from])
            {
                var rest = tensor.Name[(Blocks.Length + Digits(from).Length)..];
                var bytes = source.Find(tensor.Name)!.ByteCount;
                yield return tensor with
                {
                    Name = $"{Blocks}{Digits(block)}{rest}",
                    WriteBytes = silent && s_outputs.Contains(rest, StringComparer.Ordinal) ? stream => Zeros(stream, bytes) : tensor.WriteBytes,
                };
            }
        }
    }

    static int? BlockOf(string name) => name.StartsWith(Blocks, StringComparison.Ordinal)
        && int.TryParse(name[Blocks.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var block) ? block : null;

    static string Digits(int block) => block.ToString(CultureInfo.InvariantCulture);

    static void Zeros(Stream stream, long bytes)
    {
        var some = new byte[Math.Min(bytes, 1 << 16)];
        for (var done = 0L; done < bytes; done += some.Length) stream.Write(some, 0, (int)Math.Min(some.Length, bytes - done));
    }

    // Every other field of the file stays as it is.
    static string Configured(ComponentFolder folder, IReadOnlyList<(int Source, bool Silent)> plan)
    {
        var config = JsonObject.Create(folder.Config().Root)!;
        config["num_layers"] = plan.Count;
        if (config["kv_compression"] is JsonObject compression && compression["layers"] is JsonArray compressed)
        {
            var before = compressed.Select(layer => (int)layer!).ToHashSet();
            compression["layers"] = new JsonArray([.. Enumerable.Range(0, plan.Count).Where(block => before.Contains(plan[block].Source)).Select(block => (JsonNode)block)]);
        }

        return config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
