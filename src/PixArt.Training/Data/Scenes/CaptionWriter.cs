namespace PixArt.Training.Data.Scenes;

/// <summary>
/// Writes captions that are true of their scene in many phrasings: objects in either order, sides named from either object, the
/// setting first or last or (seldom) left out, synonyms, capitals and full stops or neither.
/// </summary>
public static class CaptionWriter
{
    private const double SettingLeftOut = 0.03;

    /// <summary>A caption of the scene; the same seed and index always give the same one.</summary>
    public static string Write(Scene scene, ulong seed, long index)
    {
        var random = new SceneRandom(seed ^ 0xCA9710, index);
        return Write(scene, ref random);
    }

    internal static string Write(Scene scene, ref SceneRandom random)
    {
        var caption = WithSetting(Things(scene, ref random), SettingPhrase(scene.Setting, ref random), scene.Objects.Length, ref random);
        var style = random.Below(8);
        if (style >= 4)
            caption = char.ToUpperInvariant(caption[0]) + caption[1..];
        return style is 3 or >= 5 ? caption + "." : caption;
    }

    private static string WithSetting(string things, string setting, int count, ref SceneRandom random)
    {
        if (random.Chance(SettingLeftOut))
            return things;
        return random.Below(20) switch
        {
            < 11 => $"{things} {setting}",
            < 14 => $"{things}, {setting}",
            < 17 => $"{setting}, {things}",
            17 => $"{setting} there {(count == 1 ? "is" : "are")} {things}",
            18 => $"there {(count == 1 ? "is" : "are")} {things} {setting}",
            _ => $"{random.Pick(CaptionWords.Openings.AsSpan(0, 3).ToArray())} {things} {setting}",
        };
    }

    private static string Things(Scene scene, ref SceneRandom random)
    {
        var objects = scene.Objects;
        if (objects.Length > 1 && objects.All(placed => placed.Object == objects[0].Object))
            return Several(objects[0], objects.Length, ref random);
        return objects.Length switch
        {
            1 => Noun(objects[0], ref random),
            2 => Pair(Noun(objects[0], ref random), Noun(objects[1], ref random), ref random),
            _ => Three([.. objects.Select(placed => placed)], ref random),
        };
    }

    private static string Pair(string left, string right, ref SceneRandom random)
    {
        var swap = random.Chance(0.5);
        return random.Below(20) switch
        {
            < 6 => $"{left} {Common(CaptionWords.LeftOf, ref random)} {right}",
            < 12 => $"{right} {Common(CaptionWords.RightOf, ref random)} {left}",
            12 => $"{left} {CaptionWords.OnTheLeft} and {right} {CaptionWords.OnTheRight}",
            13 => $"{right} {CaptionWords.OnTheRight} and {left} {CaptionWords.OnTheLeft}",
            _ => $"{(swap ? right : left)} {random.Pick(CaptionWords.NextTo)} {(swap ? left : right)}",
        };
    }

    private static string Three(PlacedObject[] row, ref SceneRandom random)
    {
        var (left, middle, right) = (Noun(row[0], ref random), Noun(row[1], ref random), Noun(row[2], ref random));
        var swap = random.Chance(0.5);
        var (one, other) = swap ? (right, left) : (left, right);
        return random.Below(10) switch
        {
            < 4 => $"{middle} {CaptionWords.Between} {one} and {other}",
            < 6 => $"{left} {CaptionWords.OnTheLeft}, {middle} {CaptionWords.InTheMiddle} and {right} {CaptionWords.OnTheRight}",
            < 8 => $"{CaptionWords.FromLeftToRight}, {left}, {middle} and {right}",
            8 => $"{middle}, {one} and {other}",
            _ => $"{one}, {middle} and {other}",
        };
    }

    private static string Several(PlacedObject placed, int count, ref SceneRandom random)
    {
        var number = count == 2 ? "two" : "three";
        if (!placed.HappyFace)
            return $"{number} {placed.Object.Plural}";
        return random.Chance(0.3)
            ? $"{number} {random.Pick(CaptionWords.HappyBefore)} {placed.Object.Plural}"
            : $"{number} {placed.Object.Plural} {Common(CaptionWords.HappyAfterPlural, ref random)}";
    }

    private static string Noun(PlacedObject placed, ref SceneRandom random)
    {
        var thing = placed.Object;
        var noun = thing.Synonyms.Count > 0 && random.Chance(0.15) ? random.Pick(thing.Synonyms) : thing.Name;
        if (thing.Adjective is { } adjective && random.Chance(0.1))
            noun = $"{adjective} {noun}";
        var before = placed.HappyFace && random.Chance(0.3);
        if (before)
            noun = $"{random.Pick(CaptionWords.HappyBefore)} {noun}";
        noun = placed.Size switch
        {
            ObjectSize.Small => $"{Common(CaptionWords.Small, ref random)} {noun}",
            ObjectSize.Large => $"{Common(CaptionWords.Large, ref random)} {noun}",
            _ => noun,
        };
        noun = random.Chance(0.04) ? $"the {noun}" : CaptionWords.WithArticle(noun);
        return placed.HappyFace && !before ? $"{noun} {Common(CaptionWords.HappyAfter, ref random)}" : noun;
    }

    private static string SettingPhrase(SceneSetting setting, ref SceneRandom random) => Common([.. setting.Phrases], ref random);

    // The first half of the time, then the others evenly.
    private static string Common(string[] words, ref SceneRandom random) => random.Chance(0.5) ? words[0] : random.Pick(words);
}
