using System.Collections.Immutable;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>What an evaluation found.</summary>
/// <param name="Marks">One mark per picture, in the order of the prompts.</param>
/// <param name="AutoencoderPsnr">Mean PSNR of the autoencoder's round trip over held-out scenes in dB, or null where it was not measured.</param>
public sealed record EvaluationReport(ImmutableArray<PictureMark> Marks, double? AutoencoderPsnr)
{
    /// <summary>How the pictures were made: model, steps, seed and the like, in words; what another run needs for the same figures.</summary>
    public IReadOnlyDictionary<string, string> Setup { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>How well the pictures follow the edges that they were given, or null where they were given none.</summary>
    public EdgeOverlap? Edges { get; init; }

    /// <summary>Pictures that show exactly the named objects.</summary>
    public Share Objects => Share.Of(Marks.Select(mark => (bool?)mark.ObjectsRight));

    /// <summary>Named objects that are in their picture, whatever else is there.</summary>
    public Share ObjectsFound => Share.Of(Named.Select(named => (bool?)named.Found));

    /// <summary>Pictures in the named setting.</summary>
    public Share Settings => Share.Of(Marks.Select(mark => mark.SettingRight));

    /// <summary>Pictures whose objects stand on the stated sides, of those whose prompt states one.</summary>
    public Share Sides => Share.Of(Marks.Select(mark => mark.SidesRight));

    /// <summary>The same of those that show the right objects.</summary>
    public Share SidesOfRightObjects => Share.Of(Marks.Where(mark => mark.ObjectsRight).Select(mark => mark.SidesRight));

    /// <summary>Pictures in which just the asked faces smile, of those with the right objects where one could.</summary>
    public Share Faces => Share.Of(Marks.Select(mark => mark.FacesRight));

    /// <summary>Pictures that are right in everything.</summary>
    public Share Everything => Share.Of(Marks.Select(mark => (bool?)mark.AllRight));

    /// <summary>How often each named object was found, the worst first.</summary>
    public IReadOnlyList<(SceneObject Object, Share Found)> ByObject =>
        [.. Named.GroupBy(named => named.Object).Select(group => (group.Key, Share.Of(group.Select(named => (bool?)named.Found))))
            .OrderBy(row => row.Item2.Percent).ThenBy(row => row.Key.Index)];

    /// <summary>How often each named setting was right, the worst first.</summary>
    public IReadOnlyList<(SceneSetting Setting, Share Right)> BySetting =>
        [.. Marks.Where(mark => mark.Prompt.Facts.Setting is not null).GroupBy(mark => mark.Prompt.Facts.Setting!)
            .Select(group => (group.Key, Share.Of(group.Select(mark => mark.SettingRight))))
            .OrderBy(row => row.Item2.Percent).ThenBy(row => row.Key.Index)];

    /// <summary>The report of each group of prompts.</summary>
    public IReadOnlyList<(string Kind, EvaluationReport Report)> ByKind =>
        [.. Marks.GroupBy(mark => mark.Prompt.Kind, StringComparer.Ordinal)
            .Select(group => (group.Key, new EvaluationReport([.. group], AutoencoderPsnr: null)))];

    private IEnumerable<(SceneObject Object, bool Found)> Named => Marks.SelectMany(mark =>
    {
        var left = mark.Seen.Objects.ToList();
        return mark.Prompt.Facts.Objects.Select(named => (named.Object, left.Remove(named.Object))).ToArray();
    });
}
