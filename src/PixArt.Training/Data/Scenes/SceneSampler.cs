using System.Collections.Immutable;

namespace PixArt.Training.Data.Scenes;

/// <summary>Draws scenes: a pure function of (distribution, split, seed, index), so any worker can make any scene at any time.</summary>
public sealed class SceneSampler
{
    private const int Step = 4; // One latent pixel of an f4 autoencoder: a moved object keeps its latents.
    private const int GroundLine = 108;

    private readonly SceneDistribution _distribution;
    private readonly SceneSplit _split;
    private readonly ulong _seed;

    /// <summary>Creates a stream of scenes.</summary>
    /// <param name="distribution">Which scenes how often.</param>
    /// <param name="seed">Names the stream.</param>
    /// <param name="split">Which combinations are allowed; held-out splits fix the number of objects.</param>
    /// <exception cref="InvalidSettingException">A share lies outside its range.</exception>
    public SceneSampler(SceneDistribution distribution, ulong seed, SceneSplit split = SceneSplit.Training)
    {
        distribution.Validate();
        _distribution = distribution;
        _seed = seed;
        _split = split;
    }

    /// <summary>The scene of that index.</summary>
    public Scene this[long index]
    {
        get
        {
            var random = new SceneRandom(_seed, index);
            return Sample(ref random);
        }
    }

    internal Scene Sample(ref SceneRandom random)
    {
        // A redraw keeps what is allowed uniform; one draw in four or so is refused (held-out splits: fifteen in sixteen).
        while (true)
        {
            var scene = Draw(ref random);
            if (IsAllowed(scene))
                return scene;
        }
    }

    private bool IsAllowed(Scene scene) => _split switch
    {
        SceneSplit.Training => !HeldOut.IsScene(scene),
        SceneSplit.HeldOutPairs => HeldOut.IsPair(scene.Objects[0].Object, scene.Objects[1].Object)
            && scene.Objects.All(placed => !HeldOut.IsPlacing(placed.Object, scene.Setting)),
        SceneSplit.HeldOutPlacings => HeldOut.IsPlacing(scene.Objects[0].Object, scene.Setting),
        _ => true,
    };

    private Scene Draw(ref SceneRandom random)
    {
        var setting = random.Pick(SceneVocabulary.Settings);
        var count = CountObjects(ref random);
        var same = random.Chance(_distribution.SameObjectShare) && count > 1 && _split != SceneSplit.HeldOutPairs;
        var sizes = DrawSizes(count, same, ref random);
        var together = Jitter(ref random);
        var placed = ImmutableArray.CreateBuilder<PlacedObject>(count);
        var smiles = false;
        for (var i = 0; i < count; i++)
        {
            var thing = same && i > 0 ? placed[0].Object : DrawOther(placed, ref random);
            if (i == 0 || !same)
                smiles = count < 3 && random.Chance(_distribution.HappyFaceShare) && thing.CanSmile;
            placed.Add(new PlacedObject(thing, sizes[i], smiles, Centre(i, sizes, together, ref random)));
        }

        return new Scene(setting, placed.MoveToImmutable(), random.Below(Scene.Variants), GroundLine + Jitter(ref random), DrawTint(ref random));
    }

    private int CountObjects(ref SceneRandom random)
    {
        var share = random.Unit();
        return _split switch
        {
            SceneSplit.HeldOutPlacings => 1,
            SceneSplit.HeldOutPairs => 2,
            _ => share < _distribution.SingleShare ? 1 : share < _distribution.SingleShare + _distribution.PairShare ? 2 : 3,
        };
    }

    private ObjectSize[] DrawSizes(int count, bool same, ref SceneRandom random)
    {
        if (count == 3 || same || !random.Chance(_distribution.SizeShare))
            return count switch { 1 => [ObjectSize.Normal], 2 => [ObjectSize.Normal, ObjectSize.Normal], _ => [ObjectSize.Normal, ObjectSize.Normal, ObjectSize.Normal] };
        if (count == 1)
            return [random.Chance(0.5) ? ObjectSize.Small : ObjectSize.Large];

        // A large object leaves room for a small one only.
        ObjectSize[] sizes = random.Below(4) switch
        {
            0 => [ObjectSize.Small, ObjectSize.Small],
            1 => [ObjectSize.Small, ObjectSize.Normal],
            _ => [ObjectSize.Small, ObjectSize.Large],
        };
        return random.Chance(0.5) ? sizes : [sizes[1], sizes[0]];
    }

    private static SceneObject DrawOther(ImmutableArray<PlacedObject>.Builder placed, ref SceneRandom random)
    {
        while (true)
        {
            var thing = random.Pick(SceneVocabulary.Objects);
            var taken = false;
            foreach (var other in placed)
                taken |= other.Object == thing;
            if (!taken)
                return thing;
        }
    }

    private int Centre(int slot, ObjectSize[] sizes, int together, ref SceneRandom random)
    {
        var alone = Jitter(ref random);
        return sizes switch
        {
            [_] => 64 + alone,
            [ObjectSize.Small, ObjectSize.Large] => (slot == 0 ? 24 : 84) + together,
            [ObjectSize.Large, ObjectSize.Small] => (slot == 0 ? 44 : 104) + together,
            [_, _] => 32 + 64 * slot + alone,
            _ => 24 + 40 * slot + together,
        };
    }

    private int Jitter(ref SceneRandom random)
    {
        var step = (random.Below(3) - 1) * Step;
        return _distribution.Jitter ? step : 0;
    }

    private static (float Red, float Green, float Blue) DrawTint(ref SceneRandom random) =>
        (Gain(ref random), Gain(ref random), Gain(ref random));

    private static float Gain(ref SceneRandom random) => 0.97f + 0.06f * (float)random.Unit();
}
