using System.Collections.Immutable;
using PixArt.Imaging;
using PixArt.Weights;

namespace PixArt.Training.Data.Scenes;

/// <summary>Scenes as files: pictures with their captions beside them, as data of kind <c>folder</c>. Training of the shipped model itself composes them on
/// the way and needs no files.</summary>
public sealed record ScenePictures
{
    /// <summary>How many, 1 or more.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Another seed gives other scenes.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Which combinations there may be.</summary>
    public SceneSplit Split { get; init; } = SceneSplit.Training;

    /// <summary>Share of scenes with one object, 0 to 1; the others have two.</summary>
    public double SingleShare { get; init; } = 0.6;

    /// <summary>Names of the settings, which take turns; empty: any.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>An object that takes the place of one in every scene, in and outside the vocabulary; or null.</summary>
    public SceneObject? Object { get; init; }

    /// <summary>Refuses what cannot be used.</summary>
    /// <exception cref="InvalidSettingException">Names the field.</exception>
    public void Validate()
    {
        if (Count < 1) throw new InvalidSettingException("count", Count, "1 or more");
        if (!(SingleShare is >= 0 and <= 1)) throw new InvalidSettingException("singles", SingleShare, "a share from 0 to 1");
        foreach (var name in Settings)
        {
            if (SceneVocabulary.FindSetting(name) is null)
                throw new InvalidSettingException("settings", name, string.Join(", ", SceneVocabulary.Settings.Select(setting => setting.Name)));
        }
    }

    /// <summary>The scenes with their captions, in order.</summary>
    public IEnumerable<(Scene Scene, string Caption)> List()
    {
        Validate();
        var distribution = new SceneDistribution
        {
            SingleShare = SingleShare,
            PairShare = 1 - SingleShare,
            SameObjectShare = Object is null ? new SceneDistribution().SameObjectShare : 0,
        };
        var sampler = new SceneSampler(distribution, Seed, Split);
        var index = 0L;
        for (var i = 0; i < Count; i++)
        {
            while (Settings.Length > 0 && !IsSetting(sampler[index], Settings[i % Settings.Length])) index++;
            var scene = With(sampler[index], index);
            yield return (scene, CaptionWriter.Write(scene, Seed, index));
            index++;
        }
    }

    /// <summary>Draws them into a folder as <c>0000.png</c> beside <c>0000.txt</c> and so on.</summary>
    /// <param name="composer">Draws; it knows <see cref="Object"/>.</param>
    /// <param name="folder">Made where it is not there; empty otherwise.</param>
    /// <param name="cancellation">Stops between two pictures.</param>
    /// <returns>The paths of the pictures.</returns>
    /// <exception cref="PixArtException">There is something in the folder: it would be trained on too.</exception>
    public IReadOnlyList<string> Write(SceneComposer composer, string folder, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(composer);
        Validate();
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new PixArtException($"{folder} is not empty, expected a new folder: what is in it would belong to the pictures");
        Directory.CreateDirectory(folder);
        var paths = new List<string>(Count);
        foreach (var (scene, caption) in List())
        {
            cancellation.ThrowIfCancellationRequested();
            var pixels = GC.AllocateUninitializedArray<byte>(SceneComposer.PictureBytes);
            composer.Compose(scene, pixels);
            var path = Path.Combine(folder, $"{paths.Count:d4}.png");
            AtomicFile.WriteText(Path.ChangeExtension(path, ".txt"), caption + "\n");
            new Image(Scene.Side, Scene.Side, 3, pixels).Save(path);
            paths.Add(path);
        }

        return paths;
    }

    static bool IsSetting(Scene scene, string name) => string.Equals(scene.Setting.Name, name, StringComparison.OrdinalIgnoreCase);

    Scene With(Scene scene, long index)
    {
        if (Object is null) return scene;
        var random = new SceneRandom(Seed ^ 0x0B7EC7, index);
        var place = random.Below(scene.Objects.Length);
        return scene with { Objects = scene.Objects.SetItem(place, scene.Objects[place] with { Object = Object, HappyFace = false }) };
    }
}
