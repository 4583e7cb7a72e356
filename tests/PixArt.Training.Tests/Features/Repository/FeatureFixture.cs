using PixArt.Imaging;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Features.Repository;

/// <summary>Listed pictures of several shapes, one of them broken, the models that features are computed with, and recipes that do it.</summary>
public sealed class FeatureFixture : IDisposable
{
    /// <summary>How many are whole.</summary>
    public const int Pictures = 12;

    readonly TemporaryFolder _folder = new();
    int _roots;

    public FeatureFixture()
    {
        var records = new List<string>();
        for (var i = 0; i < Pictures; i++)
        {
            var (width, height) = i % 3 == 0 ? (400, 100) : (100, 100 + i);
            Image.Filled(width, height, new((byte)(10 * i), 90, 200)).Save(Path.Combine(Data, "InternImgs", "x", $"{i}.png"));
            records.Add($$"""{"height": {{height}}, "width": {{width}}, "path": "x/{{i}}.png", "prompt": "a red square", "sharegpt4v": "a blue square on a white ground"}""");
        }

        File.WriteAllText(Path.Combine(Data, "InternImgs", "x", "broken.png"), "broken");
        records.Add("""{"height": 100, "width": 100, "path": "x/broken.png", "prompt": ""}""");
        Directory.CreateDirectory(Path.Combine(Data, "InternData"));
        File.WriteAllText(Path.Combine(Data, "InternData", "data_info.json"), $"[{string.Join(",\n", records)}]");
        TrainingRun.Run(Run.Transformer(_folder["parent"], "steps=1"));
        for (var i = 0; i < 3; i++) Image.Filled(80, 80, new((byte)(80 * i), 90, 200)).Save(Path.Combine(EdgeData, "InternImgs", "x", $"{i}.png"));
        Directory.CreateDirectory(Path.Combine(EdgeData, "InternData"));
        File.WriteAllText(Path.Combine(EdgeData, "InternData", "data_info.json"), $"[{string.Join(",\n", Enumerable.Range(0, 3).Select(i => $$"""{"height": 80, "width": 80, "path": "x/{{i}}.png", "prompt": "a red square"}"""))}]");
    }

    public string Data => _folder["data"];

    public string Hed
    {
        get
        {
            var file = _folder["hed.safetensors"];
            if (!File.Exists(file)) ControlFolders.WriteHed(file);
            return file;
        }
    }

    /// <summary>Three pictures: HED takes a second for each.</summary>
    public string EdgeData => _folder["edges"];

    public string EdgesRoot
    {
        get
        {
            var root = _folder["edges-root"];
            if (!Directory.Exists(root)) FeatureExtraction.Run(EdgeRecipe(root));
            return root;
        }
    }

    public FeatureRecipe EdgeRecipe(string root) => Recipe(root, "alphaEdges", "hed=" + Hed, "batchSize=1", "data.folder=" + EdgeData);

    /// <summary>A model of all timesteps, with large patches: latents are 128 wide here.</summary>
    public string Teacher
    {
        get
        {
            var model = _folder["teacher"];
            if (Directory.Exists(model)) return model;
            var parent = _folder["teacher-parts"];
            TrainingRun.Run(Run.Transformer(parent, "model.patch_size=8", "steps=1", "interval={\"low\":0,\"high\":1000}"));
            ModelAssembly.Write(
                new() { Transformers = [$"{parent}/transformer"], TextEncoder = $"{parent}/text_encoder", Tokenizer = $"{Run.Folder}/tokenizer", Autoencoder = Autoencoder }, model);
            return model;
        }
    }

    public FeatureRecipe PairRecipe(string root, params string[] overrides) => (FeatureRecipe)RecipeReader.Parse($$"""
        {
          "kind": "features", "output": "{{root}}", "layout": "dmd", "resolution": 256, "threads": 1, "batchSize": 3,
          "data": { "kind": "dataInfo", "folder": "{{Data}}" }, "teacher": { "model": "{{Teacher}}", "steps": 2, "guidance": 3, "seed": 1 }
        }
        """, overrides);

    public string Autoencoder => Path.Combine(Run.Folder, "autoencoder", "vae");

    internal TinyRun Run { get; } = new();

    public string Root() => _folder[$"root{_roots++}"];

    public FeatureRecipe Recipe(string root, string layout, params string[] overrides) => (FeatureRecipe)RecipeReader.Parse($$"""
        {
          "kind": "features", "output": "{{root}}", "layout": "{{layout}}", "resolution": 256, "threads": 1,
          "data": { "kind": "dataInfo", "folder": "{{Data}}" }, "longCaptions": {{(layout == "sigmaMultiScale" ? "true" : "false")}},
          "autoencoder": "{{Autoencoder}}", "textEncoder": "{{_folder["parent"]}}/text_encoder", "tokenizer": "{{Run.Folder}}/tokenizer"
        }
        """, overrides);

    public void Dispose()
    {
        Run.Dispose();
        _folder.Dispose();
    }
}
