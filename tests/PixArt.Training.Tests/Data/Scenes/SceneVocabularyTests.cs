using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class SceneVocabularyTests
{
    [Fact]
    public void Knows_at_least_48_objects_and_8_settings()
    {
        Assert.True(SceneVocabulary.Objects.Length >= 48);
        Assert.True(SceneVocabulary.Settings.Length >= 8);
    }

    [Theory]
    [InlineData("cactus"), InlineData("fox"), InlineData("tree"), InlineData("car"), InlineData("cat"), InlineData("dog"), InlineData("house")]
    public void Knows_the_objects_that_people_ask_for_first(string name) => Assert.Equal(name, SceneVocabulary.FindObject(name)?.Name);

    [Fact]
    public void Index_is_the_position()
    {
        Assert.All(SceneVocabulary.Objects, (thing, index) => Assert.Equal(index, thing.Index));
        Assert.All(SceneVocabulary.Settings, (setting, index) => Assert.Equal(index, setting.Index));
    }

    [Fact]
    public void Every_noun_and_every_code_point_means_one_object()
    {
        var nouns = SceneVocabulary.Objects.SelectMany(thing => new[] { thing.Name, thing.Plural }.Distinct(StringComparer.Ordinal).Concat(thing.Synonyms)).ToArray();
        Assert.Equal(nouns.Distinct(StringComparer.OrdinalIgnoreCase), nouns, StringComparer.Ordinal);
        Assert.Distinct(SceneVocabulary.Objects.Select(thing => thing.CodePoint), StringComparer.Ordinal);
        Assert.Distinct(SceneVocabulary.Settings.SelectMany(setting => setting.Phrases), StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_synonym_finds_its_object() => Assert.Equal("cat", SceneVocabulary.FindObject("Kitten")?.Name);

    [Fact]
    public void A_cactus_can_smile() => Assert.True(SceneVocabulary.FindObject("cactus")!.CanSmile);
}
