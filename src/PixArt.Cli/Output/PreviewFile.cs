using PixArt.Imaging;
using PixArt.Pipelines;

namespace PixArt.Cli.Output;

/// <summary>A picture file that shows the work as it goes on: replaced as a whole each time, so a viewer never sees half of one.</summary>
internal sealed class PreviewFile(string path) : IProgress<PipelineProgress>
{
    public void Report(PipelineProgress value)
    {
        if (value.Previews.Count > 0) Show(value.Previews);
    }

    /// <summary>Shows pictures: one as it is, several on a sheet.</summary>
    public void Show(params IReadOnlyList<Image> pictures) =>
        (pictures.Count == 1 ? pictures[0] : ContactSheet.Render([.. pictures.Select(picture => new ContactSheetItem(picture))])).Save(path);
}
