using PixArt.Training.Data.Scenes;
using PixArt.Training.Evaluation;

namespace PixArt.Training.Tests.Evaluation;

public sealed class PictureMarkTests
{
    private const string FoxLeftOfTree = "a fox to the left of a tree in a meadow";

    [Fact]
    public void A_right_picture_is_right_in_everything()
    {
        var mark = Mark(FoxLeftOfTree, "meadow", "fox", null, "tree");
        Assert.True(mark.AllRight);
        Assert.True(mark.ObjectsRight);
        Assert.True(mark.SettingRight);
        Assert.True(mark.SidesRight);
    }

    [Fact]
    public void Swapped_objects_are_on_the_wrong_sides()
    {
        var mark = Mark(FoxLeftOfTree, "meadow", "tree", null, "fox");
        Assert.True(mark.ObjectsRight);
        Assert.False(mark.SidesRight);
        Assert.False(mark.AllRight);
    }

    [Fact]
    public void A_further_object_or_a_missing_one_makes_the_objects_wrong()
    {
        Assert.False(Mark(FoxLeftOfTree, "meadow", "fox", "car", "tree").ObjectsRight);
        Assert.False(Mark(FoxLeftOfTree, "meadow", "fox", null, null).ObjectsRight);
        Assert.False(Mark(FoxLeftOfTree, "meadow", "fox", null, null).SidesRight);
    }

    [Fact]
    public void Another_setting_is_wrong() => Assert.False(Mark(FoxLeftOfTree, "forest", "fox", null, "tree").SettingRight);

    [Fact]
    public void What_the_prompt_leaves_open_is_not_marked()
    {
        var mark = Mark("a fox and a car", "city", "car", null, "fox");
        Assert.Null(mark.SettingRight);
        Assert.Null(mark.SidesRight);
        Assert.Null(mark.FacesRight);
        Assert.True(mark.AllRight);
    }

    [Fact]
    public void A_face_counts_only_where_it_was_asked()
    {
        const string Prompt = "A small cactus with a happy face in the Sahara desert.";
        Assert.True(Mark(Prompt, "desert", null, "happy cactus", null).FacesRight);
        Assert.False(Mark(Prompt, "desert", null, "cactus", null).FacesRight);
        Assert.False(Mark("a cactus in the desert", "desert", null, "happy cactus", null).FacesRight);
    }

    [Fact]
    public void Two_of_a_kind_must_both_be_there()
    {
        Assert.True(Mark("two foxes in the snow", "snow", "fox", null, "fox").ObjectsRight);
        Assert.False(Mark("two foxes in the snow", "snow", null, "fox", null).ObjectsRight);
    }

    internal static PictureMark Mark(string prompt, string setting, params string?[] row) =>
        new(EvaluationPrompt.Parse(prompt), new RecognizedScene(SceneVocabulary.FindSetting(setting)!, See(row[0]), See(row[1]), See(row[2])));

    private static RecognizedObject? See(string? name)
    {
        if (name is null)
            return null;
        var happy = name.StartsWith("happy ", StringComparison.Ordinal);
        return new RecognizedObject(SceneVocabulary.FindObject(happy ? name[6..] : name)!, happy, Confidence: 1);
    }
}
