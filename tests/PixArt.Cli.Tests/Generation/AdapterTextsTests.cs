using PixArt.Cli.Generation;
using PixArt.Pipelines;

namespace PixArt.Cli.Tests.Generation;

public sealed class AdapterTextsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_folder_of_a_training_of_experts_stands_for_all_of_their_adapters()
    {
        foreach (var name in (string[])["t400-999", "t0-399"]) Directory.CreateDirectory(_folder[$"lora/{name}/adapter"]);
        Directory.CreateDirectory(_folder["lora/checkpoints"]);
        Assert.Equal(
            [new(_folder["lora/t0-399/adapter"], 0.7, "t0-399"), new AdapterChoice(_folder["lora/t400-999/adapter"], 0.7, "t400-999")],
            AdapterTexts.Read([_folder["lora"] + "=0.7"])!);
    }

    [Fact]
    public void A_folder_that_is_an_adapter_or_is_for_one_expert_stands_for_itself()
    {
        Directory.CreateDirectory(_folder["lora/t0-399/adapter"]);
        Assert.Equal([new AdapterChoice(_folder["lora"], 1, "t400-999")], AdapterTexts.Read([_folder["lora"] + "@t400-999"])!);
        File.WriteAllText(_folder["lora/adapter_model.safetensors"], "");
        Assert.Equal([new AdapterChoice(_folder["lora"])], AdapterTexts.Read([_folder["lora"]])!);
        Directory.CreateDirectory(_folder["nothing"]);
        Assert.Equal([new AdapterChoice(_folder["nothing"])], AdapterTexts.Read([_folder["nothing"]])!);
    }
}
