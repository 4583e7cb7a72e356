using System.Text.Json.Nodes;
using PixArt.Torch.Nn;
using PixArt.Training.Checkpoints;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Adapters;

/// <summary>Writes an adapter's folder as peft reads it, and for LoRA and DoRA a single file with diffusers' names beside it.</summary>
static class AdapterWriter
{
    const string Peft = "adapter_model.safetensors";
    const string Diffusers = "pytorch_lora_weights.safetensors";

    /// <param name="folder">The folder.</param>
    /// <param name="recipe">What was trained.</param>
    /// <param name="parameters">Its values, under the layers' names.</param>
    /// <param name="layers">Names of the layers.</param>
    /// <param name="parent">What it was trained on.</param>
    public static void Write(string folder, AdapterRecipe recipe, ParameterStore parameters, IReadOnlyList<string> layers, string? parent)
    {
        Directory.CreateDirectory(folder);
        var config = recipe.Kind == AdapterKind.Lokr ? Kronecker(recipe) : LowRank(recipe);
        config["base_model_name_or_path"] = parent;
        config["target_modules"] = new JsonArray([.. layers.Order(StringComparer.Ordinal).Select(layer => JsonValue.Create(layer))]);
        Tensors(Path.Combine(folder, Peft), "base_model.model.", parameters, new(StringComparer.Ordinal) { ["format"] = "pt" });
        AtomicFile.WriteText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString(new() { WriteIndented = true }) + "\n");
        if (recipe.Kind == AdapterKind.Lokr) return;
        var inside = new JsonObject(config.Select(field => KeyValuePair.Create("transformer." + field.Key, field.Value?.DeepClone())));
        Tensors(Path.Combine(folder, Diffusers), "transformer.", parameters,
            new(StringComparer.Ordinal) { ["format"] = "pt", ["lora_adapter_metadata"] = inside.ToJsonString() });
    }

    static void Tensors(string path, string prefix, ParameterStore parameters, Dictionary<string, string> metadata) =>
        SafetensorsWriter.Write(path, parameters.Names.Select(name => TensorFile.ToWrite(prefix + name, parameters[name])), metadata);

    static JsonObject LowRank(AdapterRecipe recipe) => new()
    {
        ["peft_type"] = "LORA",
        ["r"] = recipe.Rank,
        ["lora_alpha"] = recipe.Alpha ?? recipe.Rank,
        ["lora_dropout"] = recipe.Dropout,
        ["use_rslora"] = recipe.Rslora,
        ["use_dora"] = recipe.Kind == AdapterKind.Dora,
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
        ["inference_mode"] = true,
        ["init_lora_weights"] = recipe.Init == AdapterInit.Gaussian ? "gaussian" : true,
        ["rank_pattern"] = new JsonObject(),
        ["alpha_pattern"] = new JsonObject(),
    };

    static JsonObject Kronecker(AdapterRecipe recipe) => new()
    {
        ["peft_type"] = "LOKR",
        ["r"] = recipe.Rank,
        ["alpha"] = recipe.Alpha ?? recipe.Rank,
        ["decompose_both"] = false,
        ["decompose_factor"] = -1,
        ["use_effective_conv2d"] = false,
        ["inference_mode"] = true,
        ["init_weights"] = true,
        ["rank_pattern"] = new JsonObject(),
        ["alpha_pattern"] = new JsonObject(),
    };
}
