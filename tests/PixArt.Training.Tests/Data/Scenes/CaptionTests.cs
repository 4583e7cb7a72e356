using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class CaptionTests
{
    [Fact]
    public void Every_caption_reads_back_as_true_of_its_scene_and_of_no_mirrored_one()
    {
        var sampler = new SceneSampler(new(), 3, SceneSplit.Everything);
        for (var i = 0; i < 6000; i++)
        {
            var scene = sampler[i];
            var caption = CaptionWriter.Write(scene, 3, i);
            var facts = CaptionParser.Parse(caption);
            Assert.True(facts.UnknownWords.IsEmpty, $"'{caption}': unknown {string.Join(' ', facts.UnknownWords)}");
            Assert.True(facts.IsTrueOf(scene), $"'{caption}' is not true of {scene.Setting}: {string.Join(", ", scene.Objects)}");
            var mirrored = scene with { Objects = [.. scene.Objects.Reverse()] };
            if (facts.Sides.Any(side => facts.Objects[side.Left].Object != facts.Objects[side.Right].Object))
                Assert.False(facts.IsTrueOf(mirrored), $"'{caption}' is true either way round");
        }
    }

    [Fact]
    public void Every_phrase_and_noun_of_the_vocabulary_is_written()
    {
        var sampler = new SceneSampler(new(), 4, SceneSplit.Everything);
        var text = string.Join('\n', Enumerable.Range(0, 15000).Select(i => CaptionWriter.Write(sampler[i], 4, i).ToLowerInvariant()));
        foreach (var phrase in SceneVocabulary.Settings.SelectMany(setting => setting.Phrases)
            .Concat(SceneVocabulary.Objects.SelectMany(thing => thing.Synonyms.Concat([thing.Name, thing.Plural]))))
            Assert.Contains(phrase.ToLowerInvariant(), text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_prompt_of_the_seeds_is_understood()
    {
        var facts = CaptionParser.Parse("A small cactus with a happy face in the Sahara desert.");
        Assert.Equal("desert", facts.Setting?.Name);
        Assert.Equal(new CaptionObject(SceneVocabulary.FindObject("cactus")!, ObjectSize.Small, HappyFace: true), Assert.Single(facts.Objects));
        Assert.Empty(facts.UnknownWords);
    }

    [Theory]
    [InlineData("a fox to the left of a tree in a meadow", "fox tree")]
    [InlineData("a tree to the right of a fox in a meadow", "fox tree")]
    [InlineData("In a meadow, a tree on the right and a fox on the left.", "fox tree")]
    [InlineData("From left to right, a car, a palm tree and a cat on the beach", "car palm tree cat")]
    public void Sides_are_understood_however_they_are_said(string caption, string leftToRight)
    {
        var facts = CaptionParser.Parse(caption);
        var row = facts.Objects.Select(named => named.Object).OrderBy(thing => leftToRight.IndexOf(thing.Name, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(facts.Sides);
        Assert.True(facts.SidesHold(row));
        Assert.False(facts.SidesHold([.. row.Reverse()]));
    }

    [Fact]
    public void Between_holds_either_way_round()
    {
        var facts = CaptionParser.Parse("a cat between a dog and a house in the snow");
        var (dog, cat, house) = (SceneVocabulary.FindObject("dog")!, SceneVocabulary.FindObject("cat")!, SceneVocabulary.FindObject("house")!);
        Assert.True(facts.SidesHold([dog, cat, house]));
        Assert.True(facts.SidesHold([house, cat, dog]));
        Assert.False(facts.SidesHold([cat, dog, house]));
    }

    [Fact]
    public void A_side_does_not_hold_for_an_object_that_is_missing() =>
        Assert.False(CaptionParser.Parse("a fox to the left of a tree").SidesHold([SceneVocabulary.FindObject("fox")!]));

    [Fact]
    public void Words_without_meaning_are_listed() =>
        Assert.Equal(["steam", "engine"], CaptionParser.Parse("a fox with a steam engine in the forest").UnknownWords);
}
