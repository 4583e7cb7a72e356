namespace PixArt.Training.Data.Scenes;

/// <summary>
/// Combinations that training never shows, so that the evaluation asks for something new: about one in sixteen pairs of objects and
/// one in sixteen placings of an object into a setting. Decided by a hash of the names, so new vocabulary changes no old decision.
/// </summary>
public static class HeldOut
{
    private const ulong Share = 16;

    /// <summary>Whether training never shows these two different objects in one scene; the order does not matter.</summary>
    public static bool IsPair(SceneObject first, SceneObject second) =>
        first != second && SceneRandom.Mix(Hash(first.Name) + Hash(second.Name)) % Share == 0;

    /// <summary>Whether training never shows this object in this setting. A cactus in the desert is always shown.</summary>
    public static bool IsPlacing(SceneObject thing, SceneSetting setting)
    {
        if (thing.Name is "cactus" && setting.Name is "desert")
            return false;
        // The factor was chosen so that no object loses more than two settings.
        return SceneRandom.Mix(Hash(thing.Name) + 35 * Hash(setting.Name)) % Share == 0;
    }

    /// <summary>Whether the scene holds any held-out combination.</summary>
    public static bool IsScene(Scene scene)
    {
        for (var i = 0; i < scene.Objects.Length; i++)
        {
            if (IsPlacing(scene.Objects[i].Object, scene.Setting))
                return true;
            for (var j = 0; j < i; j++)
            {
                if (IsPair(scene.Objects[i].Object, scene.Objects[j].Object))
                    return true;
            }
        }

        return false;
    }

    // FNV-1a; string.GetHashCode differs from run to run.
    private static ulong Hash(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in name)
            hash = (hash ^ letter) * 1099511628211UL;
        return hash;
    }
}
