using Spectre.Console;
using Spectre.Console.Rendering;

namespace PixArt.Cli.Rendering;

/// <summary>`12/20`; empty for a stage of one part.</summary>
internal sealed class CountColumn : ProgressColumn
{
    /// <summary>Under which a task keeps its last <see cref="Step"/>.</summary>
    public const string Key = "step";

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Spectre.Console.Text(task.State.Get<Step>(Key) is { Total: > 1 } step ? step.Count : "");
}
