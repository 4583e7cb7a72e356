using PixArt.Hub;

namespace PixArt.Cli.Catalogue;

/// <summary>The PixArt models that were released, in the order of their making.</summary>
internal static class ReleasedModels
{
    const string OpenRail = "openrail++";
    const string Card = "see its card";
    const string Bundle = "PixArt-alpha/pixart_sigma_sdxlvae_T5_diffusers";
    const string Sigma = "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS";

    // float32, as published: transformer, both shards of the text encoder, autoencoder.
    const long SigmaTransformer = 2_443_492_488;
    const long SigmaWhole = SigmaTransformer + 9_989_150_328 + 9_060_119_392 + 334_643_238;

    static readonly HubRequest s_transformer = new() { Component = "transformer" };
    static readonly HubRequest s_adapter = new() { Adapter = true };

    public static IReadOnlyList<ReleasedModel> All { get; } =
    [
        new("PixArt-alpha/PixArt-XL-2-SAM-256x256", "α at 256 pixels after training on SAM alone; a whole pipeline", OpenRail),
        new("PixArt-alpha/PixArt-XL-2-256x256", "α at 256 pixels; a whole pipeline", OpenRail),
        new("PixArt-alpha/PixArt-XL-2-512x512", "α at 512 pixels; a whole pipeline", OpenRail),
        new("PixArt-alpha/PixArt-XL-2-1024-MS", "α at 1024 pixels, many aspect ratios; a whole pipeline", OpenRail),
        new("PixArt-alpha/PixArt-LCM-XL-2-1024-MS", "δ: 4 steps without guidance at 1024 pixels; a whole pipeline", Card),
        new("PixArt-alpha/PixArt-LCM-LoRA-XL-2-1024-MS", "δ: the same as an adapter for PixArt-alpha/PixArt-XL-2-1024-MS", Card) { Request = s_adapter },
        new("PixArt-alpha/PixArt-ControlNet", "δ: ControlNet of edges for α at 512 and 1024 pixels, and the edge detector; .pth files", Card) { Request = new() { Files = ["*.pth"] } },
        new("PixArt-alpha/PixArt-Alpha-DMD-XL-2-512x512", "α in one step at 512 pixels", Card) { Request = s_transformer },
        new("PixArt-alpha/PixArt-Sigma-XL-2-256x256", $"Σ at 256 pixels; the transformer: --model {Bundle} --transformer with this", OpenRail) { Request = s_transformer },
        new("PixArt-alpha/PixArt-Sigma-XL-2-512-MS", $"Σ at 512 pixels; the transformer: --model {Bundle} --transformer with this", OpenRail) { Request = s_transformer, Bytes = SigmaTransformer },
        new(Sigma, "Σ at 1024 pixels, many aspect ratios; a whole pipeline", OpenRail) { Bytes = SigmaWhole },
        new("PixArt-alpha/PixArt-Sigma-XL-2-2K-MS", $"Σ at 2048 pixels; the transformer: --model {Bundle} --transformer with this", OpenRail) { Request = s_transformer },
        new(Bundle, "what the Σ transformers share: text encoder, tokenizer, autoencoder, scheduler", "openrail"),
        new("PixArt-alpha/PixArt-Sigma", "Σ as .pth files of the original repository, 256 to 2048 pixels", OpenRail) { Request = new() { Files = ["*.pth"] } },
        new("terminusresearch/pixart-900m-1024-ft-v0.6", "900M: Σ deepened to 42 layers, at 1024 pixels", "creativeml-openrail-m"),
        new("terminusresearch/pixart-900m-1024-ft-v0.7-stage1", "900M, first of the two-stage pair: --model, the timesteps from 400 up", "creativeml-openrail-m"),
        new("terminusresearch/pixart-900m-1024-ft-v0.7-stage2", "900M, second of the two-stage pair: --expert, the timesteps below 400", "creativeml-openrail-m") { Request = s_transformer },
    ];
}
