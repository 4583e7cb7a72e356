using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests;

/// <summary>Experts branched from a tiny parent, trained in one run.</summary>
public sealed class ExpertsRunTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TinyRun _run = new();

    static string Parent => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    ExpertsRecipe Recipe(string from, string more = "\"splits\": [400],", string own = "\"t0-399\": { \"steps\": 3 }") => (ExpertsRecipe)RecipeReader.Parse($$"""
        {
          "kind": "experts", "output": "{{_folder["out"]}}", "from": "{{from}}", {{more}}
          "train": {
            "data": { "kind": "folder", "folder": "{{_run.Folder}}/data", "size": 32 }, "latents": { "cache": "{{_folder["latents"]}}" },
            "steps": 2, "batchSize": 2, "threads": 1, "optimizer": { "learningRate": 1e-3 }, "schedule": { "warmupSteps": 0 }, "ema": null,
            "checkpoint": { "everyMinutes": null }, "report": { "plotEveryMinutes": null, "samplesEveryMinutes": null }
          },
          "own": { {{own}} }
        }
        """);

    [Fact]
    public void Each_expert_is_trained_on_its_timesteps_and_the_model_has_them()
    {
        ModelBranching.Write(Parent, _folder["pair"], [400]);
        using var leak = new LeakCheck();
        TrainingRun.Run(Recipe(_folder["pair"], more: ""));
        foreach (var (name, folder, low, high, steps) in ((string, string, int, int, long)[])[("t400-999", "transformer", 400, 1000, 2), ("t0-399", "transformer_t0-399", 0, 400, 3)])
        {
            var trained = ExpertInterval.Read(_folder[$"out/{name}/transformer"]);
            Assert.Equal((low, high, steps), (trained.Low, trained.High, trained.Step));
            Assert.Equal(Hash(_folder[$"out/{name}/transformer"]), Hash(_folder[$"out/model/{folder}"]));
            Assert.NotEqual(Hash(Path.Combine(Parent, "transformer")), Hash(_folder[$"out/model/{folder}"]), StringComparer.Ordinal);
        }

        var manifest = ExpertManifest.Read(_folder["out/model/experts.json"]);
        Assert.Equal(["t400-999", "t0-399"], manifest.Experts.Select(e => e.Name), StringComparer.Ordinal);
        // One cache for both.
        Assert.Single(Directory.GetDirectories(_folder["latents"]));

        // Again: nothing is trained any more.
        var steps2 = 0;
        TrainingRun.Run(Recipe(_folder["pair"], more: ""), new Listener(made =>
        {
            if (made is StepMade) steps2++;
        }));
        Assert.Equal(0, steps2);
    }

    [Fact]
    public void Stopped_in_the_second_expert_it_ends_with_the_same_bits()
    {
        var recipe = Recipe(Parent);
        TrainingRun.Run(recipe);
        var straight = (Hash(_folder["out/model/transformer"]), Hash(_folder["out/model/transformer_t0-399"]));
        recipe.Output = _folder["stopped"];
        using var stop = new CancellationTokenSource();
        var made = 0;
        Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(recipe, new Listener(e =>
        {
            if (e is StepMade && ++made == 4) stop.Cancel();
        }), stop.Token));
        Assert.False(Directory.Exists(_folder["stopped/model"]));
        TrainingRun.Run(recipe);
        Assert.Equal(straight, (Hash(_folder["stopped/model/transformer"]), Hash(_folder["stopped/model/transformer_t0-399"])));
    }

    [Fact]
    public void With_adapters_each_expert_has_one_and_the_model_stays()
    {
        ModelBranching.Write(Parent, _folder["pair"], [400]);
        var recipe = Recipe(_folder["pair"], more: "");
        recipe.Train["adapter"] = new JsonObject { ["rank"] = 2 };
        using var leak = new LeakCheck();
        TrainingRun.Run(recipe);
        foreach (var (name, weights, steps) in ((string, string, long)[])[("t400-999", "transformer", 2), ("t0-399", "transformer_t0-399", 3)])
        {
            var together = _folder[$"out/{name}/adapter"];
            Assert.Equal(steps, ExpertInterval.Read(together).Step);
            // The same bits as trained alone.
            var alone = (TransformerRecipe)ExpertsRun.Experts(recipe).Single(e => ExpertFolder.NameOf(e.Timesteps) == name) with { Output = _folder[$"alone-{name}"] };
            Assert.Equal(_folder[$"pair/{weights}"], alone.From);
            TrainingRun.Run(alone);
            Assert.Equal(AdapterHash(_folder[$"alone-{name}/adapter"]), AdapterHash(together));
        }

        Assert.False(Directory.Exists(_folder["out/model"]));
    }

    [Theory]
    [InlineData("", "{ \"t0-399\": { \"adapter\": null } }", "adapter is 'null for t0-399', expected one for every expert or for none")]
    [InlineData("400", "{}", "splits is '400', expected none with 'adapter': 'pixart branch' makes the experts that adapters are put on")]
    public void Adapters_that_no_expert_could_take_are_refused(string split, string own, string expected)
    {
        ModelBranching.Write(Parent, _folder["pair"], [400]);
        var recipe = Recipe(split.Length > 0 ? Parent : _folder["pair"], more: split.Length > 0 ? $"\"splits\": [{split}]," : "");
        recipe.Train["adapter"] = new JsonObject();
        recipe.Own = JsonNode.Parse(own)!.AsObject();
        Assert.Equal(expected, Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(recipe)).Message);
        Assert.False(Directory.Exists(_folder["out/t400-999"]));
    }

    [Theory]
    [InlineData("", "", "split is 'none', expected one border or more between timesteps, such as 400 of 1000")]
    [InlineData("\"splits\": [0],", "", "split is 0, expected 1 to 999")]
    [InlineData("\"splits\": [400, 400],", "", "split is '400, 400', expected each border once")]
    [InlineData("\"splits\": [400],", "\"t0-400\": {}", "own is 't0-400', expected t400-999 or t0-399")]
    [InlineData("\"splits\": [400],", "\"t0-399\": { \"stps\": 3 }", "t0-399: there is no field 'stps'; did you mean 'steps'?")]
    [InlineData("\"splits\": [400],", "\"t0-399\": { \"textEncoder\": { \"train\": true } }", "train.textEncoder.train is true, expected false: the experts share the model's text encoder")]
    public void What_cannot_be_is_refused_before_any_work(string more, string own, string expected)
    {
        var error = Assert.ThrowsAny<PixArtException>(() => TrainingRun.Run(Recipe(Parent, more, own)));
        Assert.Equal(expected, error.Message);
        Assert.False(Directory.Exists(_folder["out/t400-999"]));
    }

    [Fact]
    public void A_manifest_that_says_other_things_is_told()
    {
        ModelBranching.Write(Parent, _folder["pair"], [400]);
        var manifest = _folder["pair/experts.json"];
        string Message() => Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(Recipe(_folder["pair"]))).Message;
        Assert.Equal($"splits is '400', expected none: '{manifest}' says which timesteps its experts own", Message());
        File.WriteAllText(manifest, """
            { "experts": [ { "name": "noisy", "interval": [400, 1000], "weights": "transformer" }, { "name": "clean", "interval": [0, 400], "weights": "a", "kind": "lora" } ] }
            """);
        var error = Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(Recipe(_folder["pair"], more: "")));
        Assert.Equal($"{manifest}: kind of 'clean' is 'lora', expected full", error.Message);
    }

    [Fact]
    public void Fields_that_follow_from_the_expert_are_not_given()
    {
        var error = Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse("""
            { "kind": "experts", "output": "x", "from": "y", "splits": [400], "train": { "interval": { "low": 0, "high": 4 } } }
            """));
        Assert.Equal("train.interval is 'given', expected left out: it follows from the expert", error.Message);
    }

    static string Hash(string folder) => HashOf(folder, "diffusion_pytorch_model.safetensors");

    static string AdapterHash(string folder) => HashOf(folder, "adapter_model.safetensors");

    static string HashOf(string folder, string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, file))));
}
