using PixArt.Imaging;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests;

/// <summary>A folder with a few captioned pictures, a tokenizer and an autoencoder trained on them for a moment, and recipes
/// for a tiny transformer: everything that a real run has, in a second.</summary>
sealed class TinyRun : IDisposable
{
    public const int Steps = 6;
    const int Side = 16;

    // Made once; every run has a copy, which it may change.
    static readonly Lazy<string> s_parts = new(MakeParts);
    readonly TemporaryFolder _temporary = new();

    /// <summary>Brings pictures, tokenizer and autoencoder.</summary>
    public TinyRun()
    {
        Folder = _temporary.Path;
        foreach (var part in (string[])["data", "tokenizer", "autoencoder/vae"]) FolderCopy.Make(Path.Combine(s_parts.Value, part), Path.Combine(Folder, part));
    }

    TinyRun(string folder) => Folder = folder;

    public string Folder { get; }

    string Data => $$"""{ "kind": "folder", "folder": "{{Folder}}/data", "size": {{Side}} }""";

    public GradientRecipe Autoencoder(params string[] overrides) => (GradientRecipe)RecipeReader.Parse($$"""
        {
          "kind": "autoencoder", "output": "{{Folder}}/autoencoder", "data": {{Data}}, "batchSize": 2, "crop": 8, "steps": {{Steps}},
          "model": {
            "block_out_channels": [8, 8], "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
            "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "latent_channels": 4, "norm_num_groups": 4, "sample_size": 16, "mid_block_add_attention": false
          },
          "scalingSamples": 3, {{Common}}
        }
        """, overrides);

    /// <summary>Accumulation, moving average, caption dropout, posterior noise, a text encoder that trains along.</summary>
    public GradientRecipe Transformer(string output, params string[] overrides) => (GradientRecipe)RecipeReader.Parse($$"""
        {
          "kind": "transformer", "output": "{{output}}", "data": {{Data}}, "batchSize": 2, "accumulation": 3, "steps": {{Steps}},
          "latents": { "autoencoder": "{{Folder}}/autoencoder/vae", "samplePosterior": true, "cache": "{{Folder}}/latents" },
          "tokenizer": "{{Folder}}/tokenizer", "maxTokens": 16, "captionDropout": 0.3,
          "textEncoder": {
            "train": true,
            "model": { "vocab_size": 64, "d_model": 16, "d_kv": 8, "num_heads": 2, "d_ff": 32, "num_layers": 1, "feed_forward_proj": "gated-gelu" }
          },
          "model": {
            "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "cross_attention_dim": 16, "caption_channels": 16,
            "in_channels": 4, "out_channels": 8, "patch_size": 2, "sample_size": 8
          },
          "objective": { "kind": "pixArt" }, "interval": { "low": 100, "high": 900 }, {{Common}}
        }
        """, overrides);

    /// <summary>What makes the transformer's recipe one that goes on from a trained parent.</summary>
    public static string[] From(string parent) =>
        [$"from={parent}/transformer", $"textEncoder={{\"from\":\"{parent}/text_encoder\"}}", "model=null"];

    /// <summary>What makes it a distillation.</summary>
    public static string[] Consistency => ["consistency={}", "interval={\"low\":0,\"high\":1000}"];

    /// <summary>What makes it one that ends in a model of one step.</summary>
    public static string[] Matching => ["distributionMatching={}", "interval={\"low\":0,\"high\":1000}", "maxGradNorm=null"];

    /// <summary>A ControlNet on the edges of the pictures, beside the transformer that a run of <see cref="Transformer"/> left in a folder.</summary>
    public GradientRecipe Control(string output, string parent, params string[] overrides) => (GradientRecipe)RecipeReader.Parse($$"""
        {
          "kind": "control", "output": "{{output}}", "data": {{Data}}, "batchSize": 2, "accumulation": 3, "steps": {{Steps}},
          "from": "{{parent}}/transformer", "blocks": 1, "edges": "gradient", "maxGradNorm": 1,
          "latents": { "autoencoder": "{{Folder}}/autoencoder/vae", "samplePosterior": true, "cache": "{{Folder}}/latents" },
          "tokenizer": "{{Folder}}/tokenizer", "maxTokens": 16, "captionDropout": 0.3,
          "textEncoder": { "from": "{{parent}}/text_encoder" },
          "objective": { "kind": "pixArt" }, {{Common}}
        }
        """, overrides);

    const string Common = """
        "threads": 1, "ema": { "decay": 0.9 }, "optimizer": { "learningRate": 1e-3 }, "schedule": { "kind": "cosine", "warmupSteps": 2 },
        "checkpoint": { "everyMinutes": null, "everySteps": 1 },
        "report": { "everySteps": 1, "plotEveryMinutes": null, "samplesEveryMinutes": null }
        """;

    public void Dispose() => _temporary.Dispose();

    static string MakeParts()
    {
        var parts = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => parts.Dispose();
        using var run = new TinyRun(parts.Path);
        Directory.CreateDirectory(parts["data"]);
        string[] colours = ["red", "green", "blue", "white", "black"];
        for (var i = 0; i < colours.Length; i++)
        {
            var image = Image.Filled(Side + 4, Side, new((byte)(i == 0 || i == 3 ? 200 : 20), (byte)(i is 1 or 3 ? 200 : 20), (byte)(i is 2 or 3 ? 200 : 20)));
            for (var p = 0; p < image.Pixels.Length; p += 7) image.Pixels[p] ^= 31;
            image.Save(Path.Combine(parts.Path, "data", $"{i}.png"));
            File.WriteAllText(Path.Combine(parts.Path, "data", $"{i}.txt"), $"a {colours[i]} square on a {colours[^(i + 1)]} ground\n");
        }

        TrainingRun.Run(RecipeReader.Parse($$"""
            { "kind": "tokenizer", "output": "{{parts.Path}}", "data": {{run.Data}}, "vocabularySize": 40, "captions": 50 }
            """));
        TrainingRun.Run(run.Autoencoder("steps=2"));
        return parts.Path;
    }
}
