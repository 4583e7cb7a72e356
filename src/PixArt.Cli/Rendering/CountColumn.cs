using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PixArt.Cli.Rendering;

/// <summary>`12/20`; empty for a stage of one part.</summary>
internal sealed class CountColumn : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Spectre.Console.Text(task.MaxValue <= 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{task.Value:0}/{task.MaxValue:0}"));
}
