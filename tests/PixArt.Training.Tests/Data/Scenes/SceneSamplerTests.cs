using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class SceneSamplerTests
{
    [Fact]
    public void The_same_seed_and_index_give_the_same_scene_and_others_do_not()
    {
        var (one, same, other) = (new SceneSampler(new(), 7), new SceneSampler(new(), 7), new SceneSampler(new(), 8));
        var scenes = Enumerable.Range(0, 50).Select(i => Describe(one[i])).ToArray();
        Assert.Equal(scenes, Enumerable.Range(0, 50).Reverse().Select(i => Describe(same[i])).Reverse(), StringComparer.Ordinal);
        Assert.True(scenes.Distinct(StringComparer.Ordinal).Count() > 45);
        Assert.True(scenes.Zip(Enumerable.Range(0, 50).Select(i => Describe(other[i]))).Count(pair => string.Equals(pair.First, pair.Second, StringComparison.Ordinal)) < 5);
    }

    [Fact]
    public void Training_never_shows_a_held_out_combination() =>
        Assert.All(Scenes(SceneSplit.Training, 5000), scene => Assert.False(HeldOut.IsScene(scene)));

    [Fact]
    public void Held_out_pairs_shows_only_them() => Assert.All(Scenes(SceneSplit.HeldOutPairs, 200), scene =>
    {
        Assert.Equal(2, scene.Objects.Length);
        Assert.True(HeldOut.IsPair(scene.Objects[0].Object, scene.Objects[1].Object));
    });

    [Fact]
    public void Held_out_placings_shows_only_them() => Assert.All(Scenes(SceneSplit.HeldOutPlacings, 200), scene =>
        Assert.True(HeldOut.IsPlacing(Assert.Single(scene.Objects).Object, scene.Setting)));

    [Fact]
    public void Every_object_is_shown_in_every_size_alone_and_in_company()
    {
        var shown = Scenes(SceneSplit.Training, 20000)
            .SelectMany(scene => scene.Objects.Select(placed => (placed.Object, placed.Size, Alone: scene.Objects.Length == 1))).ToHashSet();
        Assert.Equal(SceneVocabulary.Objects.Length * 6, shown.Count);
    }

    [Fact]
    public void Objects_stand_from_left_to_right_inside_the_picture_without_overlap() => Assert.All(Scenes(SceneSplit.Training, 5000), scene =>
    {
        var edge = 0;
        foreach (var placed in scene.Objects)
        {
            var half = Scene.PixelsOf(placed.Size, scene.Objects.Length) / 2;
            Assert.True(placed.X - half >= edge, scene.ToString());
            edge = placed.X + half;
        }

        Assert.True(edge <= Scene.Side, scene.ToString());
    });

    [Fact]
    public void Shares_are_those_of_the_distribution()
    {
        var scenes = Scenes(SceneSplit.Everything, 20000, new SceneDistribution { SingleShare = 0.2, PairShare = 0.5, SameObjectShare = 0 });
        Assert.Equal(0.2, scenes.Count(scene => scene.Objects.Length == 1) / 20000.0, 0.02);
        Assert.Equal(0.5, scenes.Count(scene => scene.Objects.Length == 2) / 20000.0, 0.02);
    }

    [Fact]
    public void Only_objects_with_room_for_a_face_smile() => Assert.All(Scenes(SceneSplit.Training, 5000), scene =>
        Assert.All(scene.Objects, placed => Assert.True(placed.Object.CanSmile || !placed.HappyFace)));

    [Theory]
    [InlineData(-0.1, 0.5, "SingleShare is -0.1, expected a share from 0 to 1")]
    [InlineData(double.NaN, 0.1, "SingleShare is NaN, expected a share from 0 to 1")]
    [InlineData(0.5, 1.1, "PairShare is 1.1, expected a share from 0 to 1")]
    [InlineData(0.75, 0.5, "PairShare is 0.5, expected at most 1 - SingleShare = 0.25")]
    public void An_impossible_share_is_refused(double single, double pair, string message) => Assert.Equal(
        message, Assert.Throws<InvalidSettingException>(() => new SceneSampler(new SceneDistribution { SingleShare = single, PairShare = pair }, 0)).Message);

    private static Scene[] Scenes(SceneSplit split, int count, SceneDistribution? distribution = null)
    {
        var sampler = new SceneSampler(distribution ?? new(), 11, split);
        return [.. Enumerable.Range(0, count).Select(i => sampler[i])];
    }

    private static string Describe(Scene scene) => $"{scene.Setting} {scene.Variant} {scene.GroundLine} {scene.Tint} {string.Join(", ", scene.Objects)}";
}
