using PixArt.Imaging;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Evaluation;
using PixArt.Training.Tests.Data.Scenes;

namespace PixArt.Training.Tests.Evaluation;

public sealed class EdgeOverlapTests
{
    // Black up to a column, white from it: Sobel's operator finds the two columns beside the step.
    static Image Step(int column, int side = 32) => new(side, side, 3, [.. Enumerable.Range(0, side * side * 3).Select(i => (byte)(i / 3 % side < column ? 0 : 255))]);

    static Image Plain => new(32, 32, 3, new byte[32 * 32 * 3]);

    [Theory]
    [InlineData(10, 1)]
    [InlineData(11, 1)]
    [InlineData(12, 0.5)]
    [InlineData(13, 0)]
    public void Edges_a_pixel_apart_are_the_same(int column, double f1)
    {
        var overlap = EdgeOverlap.Between(Step(10), Step(column));
        Assert.Equal(f1, overlap.F1, 1e-12);
        Assert.Equal((64L, 64L), (overlap.Drawn, overlap.Wanted));
    }

    [Fact]
    public void What_is_left_out_costs_recall_and_what_is_added_precision()
    {
        var nothing = EdgeOverlap.Between(Step(10), Plain);
        Assert.Equal((1, 0, 0), (nothing.Precision, nothing.Recall, nothing.F1));
        var added = EdgeOverlap.Between(Plain, Step(10));
        Assert.Equal((0, 1, 0), (added.Precision, added.Recall, added.F1));
        var both = nothing + EdgeOverlap.Between(Step(10), Step(10));
        Assert.Equal((1, 0.5), (both.Precision, both.Recall));
        Assert.Equal(2 / 3.0, both.F1, 1e-12);
        Assert.Equal("picture is '16x16', expected 32x32, as the other", Assert.Throws<InvalidSettingException>(() => EdgeOverlap.Between(Plain, Step(10, side: 16))).Message);
    }

    [Fact]
    public void Scenes_of_the_held_out_prompts_follow_their_own_edges_and_no_others()
    {
        var asked = EvaluationPrompt.HeldOutScenes(3);
        Assert.Equal(EvaluationPrompt.HeldOutList(3).Select(prompt => prompt.Text), asked.Select(one => one.Prompt.Text), StringComparer.Ordinal);
        Assert.All(asked, one => Assert.True(one.Prompt.Facts.IsTrueOf(one.Scene)));
        var pictures = new ControlledPictures(DrawnEmojis.Composer, [.. asked.Select(one => one.Scene)]);
        Assert.Equal(1, pictures.Compare(1, pictures.Wanted(1)).F1);
        Assert.InRange(pictures.Compare(1, pictures.Wanted(0)).F1, 0, 0.9);
        Assert.Equal(SceneComposer.PictureBytes, pictures.Wanted(2).Pixels.Length);
    }
}
