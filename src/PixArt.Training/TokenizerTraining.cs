using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Text;
using PixArt.Training.Data;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Trains a tokenizer and writes it as transformers' T5 tokenizer folder.</summary>
static class TokenizerTraining
{
    public static void Run(TokenizerRecipe recipe)
    {
        using var data = ImageSources.OpenCaptions(recipe.Data);
        var order = new SampleOrder(data.Count, recipe.Seed);
        var folder = Path.Combine(recipe.Output, "tokenizer");
        Directory.CreateDirectory(folder);
        var captions = Enumerable.Range(0, recipe.Captions).Select(i =>
        {
            var (index, epoch) = order[i];
            return recipe.Data.Captions.Apply(data.Caption(index, epoch));
        });
        SentencePieceTrainer.Train(captions, recipe.VocabularySize, Path.Combine(folder, "spiece.model"));
        var config = new JsonObject
        {
            ["eos_token"] = "</s>",
            ["extra_ids"] = 0,
            ["legacy"] = true,
            ["model_max_length"] = recipe.MaxTokens,
            ["pad_token"] = "<pad>",
            ["tokenizer_class"] = "T5Tokenizer",
            ["unk_token"] = "<unk>",
        };
        var special = new JsonObject { ["eos_token"] = "</s>", ["pad_token"] = "<pad>", ["unk_token"] = "<unk>" };
        AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), Print(config));
        AtomicFile.WriteText(Path.Combine(folder, "special_tokens_map.json"), Print(special));
    }

    static string Print(JsonObject json) => json.ToJsonString(new JsonSerializerOptions
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }) + "\n";
}
