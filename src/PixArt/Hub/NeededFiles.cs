using System.IO.Enumeration;
using System.Text.Json;
using PixArt.Weights;

namespace PixArt.Hub;

/// <summary>Which files of a repository are wanted, as far as it can be known.</summary>
/// <param name="Files">The files, in order.</param>
/// <param name="Unread">Those of them whose content has to be read before the rest is known: the model's index, indexes of shards.</param>
/// <param name="Lacking">What a pipeline reads and the repository has not: components' folders, weights.</param>
/// <param name="Absent">Files that were named, by the request or by an index, and are not there.</param>
sealed record NeededFiles(IReadOnlyList<string> Files, IReadOnlyList<string> Unread, IReadOnlyList<string> Lacking, IReadOnlyList<string> Absent)
{
    const string Experts = "experts.json";

    static readonly string[] s_components = ["scheduler", "tokenizer", "text_encoder", "transformer", "vae"];
    static readonly string[] s_withoutWeights = ["scheduler", "tokenizer"];
    static readonly string[] s_adapters =
        ["adapter_model.safetensors", "adapter_model.bin", "pytorch_lora_weights.safetensors", "pytorch_lora_weights.bin"];

    static readonly string[] s_configurations = [".json", ".model", ".txt"];

    /// <summary>Chooses.</summary>
    /// <param name="names">Names of all files.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="find">Path of a file whose content is on disk; null when it is not.</param>
    /// <returns>The choice; null when the repository is neither a pipeline nor a component.</returns>
    /// <exception cref="WeightsException">An index is not valid.</exception>
    public static NeededFiles? Choose(IReadOnlyCollection<string> names, HubRequest request, Func<string, string?> find)
    {
        var choice = new Choice([.. names], request, find);
        if (request.Files.Count > 0) choice.AddNamed();
        else if (request.Adapter && !choice.AddAdapter()) return null;
        else if (request.Adapter) return choice.Done();
        else if (request.Component is { } other && !s_components.Contains(other, StringComparer.Ordinal) && choice.Has($"{other}/config.json"))
            choice.AddComponent($"{other}/", withWeights: true);
        else if (names.Contains(ModelFolder.IndexName, StringComparer.Ordinal)) choice.AddPipeline();
        else if (request.Component is { } component && choice.Has($"{component}/config.json")) choice.AddComponent($"{component}/", withWeights: true);
        else if (choice.Has("config.json")) choice.AddComponent("", withWeights: true);
        else return null;
        return choice.Done();
    }

    sealed class Choice(HashSet<string> names, HubRequest request, Func<string, string?> find)
    {
        readonly SortedSet<string> _files = new(StringComparer.Ordinal);
        readonly List<string> _unread = [], _lacking = [], _absent = [];

        public bool Has(string name) => names.Contains(name);

        public NeededFiles Done()
        {
            _files.UnionWith(request.Optional.Where(Has));
            return new([.. _files], _unread, _lacking, _absent);
        }

        public void AddNamed()
        {
            foreach (var wanted in request.Files)
            {
                string[] found = [.. names.Where(name => Has(wanted) ? name == wanted : FileSystemName.MatchesSimpleExpression(wanted, name, ignoreCase: false))];
                _files.UnionWith(found);
                if (found.Length == 0) _absent.Add(wanted);
            }
        }

        public bool AddAdapter()
        {
            if (s_adapters.FirstOrDefault(Has) is not { } weights) return false;
            _files.Add(weights);
            if (Has("adapter_config.json")) _files.Add("adapter_config.json");
            return true;
        }

        public void AddPipeline()
        {
            if (Open(ModelFolder.IndexName) is not { } index) return;
            foreach (var component in s_components.Where(name => request.Component is { } one ? name == one || name is "scheduler" && one is "transformer" : IsThere(index, name)))
                AddComponent($"{component}/", !s_withoutWeights.Contains(component, StringComparer.Ordinal));
            if (request.Component is not null || !Has(Experts) || Open(Experts) is not { } manifest) return;
            foreach (var folder in Folders(manifest)) AddComponent($"{folder.Trim('/')}/", withWeights: true);
        }

        public void AddComponent(string prefix, bool withWeights)
        {
            string[] inside = [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.IndexOf('/', prefix.Length) < 0)];
            _files.UnionWith(inside.Where(name =>
                s_configurations.Contains(Path.GetExtension(name), StringComparer.Ordinal) && !WeightFileNames.IsIndex(name)));
            if (inside.Length == 0) _lacking.Add(prefix);
            if (withWeights && !request.ConfigurationOnly && inside.Length > 0) AddWeights(prefix);
        }

        void AddWeights(string prefix)
        {
            if (WeightFileNames.Choose(name => Has(prefix + name), request.Variant) is not { } chosen)
            {
                string[] packed = [.. Packed(prefix)];
                _files.UnionWith(packed);
                if (packed.Length == 0) _lacking.Add($"{prefix}{WeightFileNames.Usual}");
                return;
            }

            _files.Add(prefix + chosen);
            if (!WeightFileNames.IsIndex(chosen)) return;
            if (find(prefix + chosen) is not { } path)
            {
                _unread.Add(prefix + chosen);
                return;
            }

            foreach (var shard in ShardIndex.FileNames(path).Select(file => prefix + file))
                (Has(shard) ? (ICollection<string>)_files : _absent).Add(shard);
        }

        // GGUF files have any name; of several, the variant chooses.
        IEnumerable<string> Packed(string prefix)
        {
            string[] all = [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)
                && name.IndexOf('/', prefix.Length) < 0 && name.EndsWith(".gguf", StringComparison.Ordinal))];
            return all.Length > 1 && request.Variant is { Length: > 0 } variant
                ? all.Where(name => name.Contains(variant, StringComparison.OrdinalIgnoreCase)) : all;
        }

        ConfigJson? Open(string name)
        {
            _files.Add(name);
            if (find(name) is { } path) return ConfigJson.Read(path);
            _unread.Add(name);
            return null;
        }

        static bool IsThere(ConfigJson index, string component) =>
            index.Root.TryGetProperty(component, out var pair) && pair.ValueKind == JsonValueKind.Array
            && pair.GetArrayLength() == 2 && pair[1].ValueKind == JsonValueKind.String;

        // Parts of the manifest that are folders of this repository; others are models of their own.
        IEnumerable<string> Folders(ConfigJson manifest)
        {
            var parts = new List<string?> { manifest.Object("vae")?.TextOrNull("id"), manifest.Object("text_encoder")?.TextOrNull("id") };
            if (manifest.Root.TryGetProperty("experts", out var experts) && experts.ValueKind == JsonValueKind.Array)
            {
                parts.AddRange(experts.EnumerateArray().Select(expert => expert.ValueKind == JsonValueKind.Object
                    && expert.TryGetProperty("weights", out var weights) ? weights.ToString() : null));
            }

            return parts.OfType<string>().Where(part => part.Length > 0 && names.Any(name => name.StartsWith(part.Trim('/') + "/", StringComparison.Ordinal)));
        }
    }
}
