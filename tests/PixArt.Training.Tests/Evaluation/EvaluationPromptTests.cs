using PixArt.Training.Data.Scenes;
using PixArt.Training.Evaluation;

namespace PixArt.Training.Tests.Evaluation;

public sealed class EvaluationPromptTests
{
    [Fact]
    public void The_held_out_list_asks_only_for_what_training_never_showed()
    {
        var prompts = EvaluationPrompt.HeldOutList(90);
        Assert.Equal(prompts.Select(prompt => prompt.Text), EvaluationPrompt.HeldOutList(90).Select(prompt => prompt.Text), StringComparer.Ordinal);
        Assert.Equal(60, prompts.Count(prompt => prompt.Kind == EvaluationPrompt.UnseenPairs));
        Assert.All(prompts, prompt =>
        {
            Assert.NotNull(prompt.Facts.Setting);
            var objects = prompt.Facts.Objects;
            Assert.True(prompt.Kind == EvaluationPrompt.UnseenPairs
                ? HeldOut.IsPair(objects[0].Object, objects[1].Object)
                : HeldOut.IsPlacing(Assert.Single(objects).Object, prompt.Facts.Setting));
        });
    }

    [Fact]
    public void Sides_are_stated_often_enough_to_be_measured() =>
        Assert.InRange(EvaluationPrompt.HeldOutList(300).Count(prompt => !prompt.Facts.Sides.IsEmpty), 100, 200);

    [Fact]
    public void A_prompt_without_a_known_object_is_refused() =>
        Assert.Equal("prompt is 'a zeppelin over the beach', expected one that names an object of the vocabulary",
            Assert.Throws<InvalidSettingException>(() => EvaluationPrompt.Parse("a zeppelin over the beach")).Message);

    [Fact]
    public void A_list_of_nothing_is_refused() =>
        Assert.Equal("count is 0, expected at least 1", Assert.Throws<InvalidSettingException>(() => EvaluationPrompt.HeldOutList(0)).Message);
}
