using System.CommandLine;
using PixArt.Torch;

namespace PixArt.Cli.Generation;

/// <summary>How much memory the work may take, and what is kept of it.</summary>
internal sealed class MemoryFlags
{
    readonly Option<string?> _memory = new("--memory")
    {
        Description = "Plan the work for this much memory (of the GPU, on cuda) and say how: 8GB, 6GiB, 'free' (what is free now) or 'least'.",
        HelpName = "size",
    };

    readonly Option<bool> _noPromptCache = new("--no-prompt-cache") { Description = "Neither use nor keep encoded prompts of other runs." };

    public IEnumerable<Option> All => [_memory, _noPromptCache];

    /// <summary>The memory to plan for; null: no plan.</summary>
    /// <exception cref="InvalidSettingException">It is no size.</exception>
    public MemoryAllowance? Allowance(ParseResult line, Device device) => line.GetValue(_memory) is { } text ? MemoryAllowance.Of(text, device) : null;

    /// <summary>Where encoded prompts are kept; null: nowhere.</summary>
    public string? PromptCacheFolder(ParseResult line) => line.GetValue(_noPromptCache) ? null : CacheFolder.Of("prompts");
}
