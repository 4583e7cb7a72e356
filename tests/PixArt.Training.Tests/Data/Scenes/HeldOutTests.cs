using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class HeldOutTests
{
    [Fact]
    public void About_one_pair_in_sixteen_is_held_out_in_either_order()
    {
        var things = SceneVocabulary.Objects;
        var pairs = things.SelectMany(one => things.Where(other => other.Index > one.Index).Select(other => (one, other))).ToArray();
        Assert.Equal(1 / 16.0, pairs.Count(pair => HeldOut.IsPair(pair.one, pair.other)) / (double)pairs.Length, 0.02);
        Assert.All(pairs, pair => Assert.Equal(HeldOut.IsPair(pair.one, pair.other), HeldOut.IsPair(pair.other, pair.one)));
    }

    [Fact]
    public void Every_object_keeps_most_settings() => Assert.All(SceneVocabulary.Objects, thing =>
        Assert.True(SceneVocabulary.Settings.Count(setting => HeldOut.IsPlacing(thing, setting)) <= 2));

    [Fact]
    public void A_cactus_in_the_desert_is_trained() =>
        Assert.False(HeldOut.IsPlacing(SceneVocabulary.FindObject("cactus")!, SceneVocabulary.FindSetting("desert")!));
}
