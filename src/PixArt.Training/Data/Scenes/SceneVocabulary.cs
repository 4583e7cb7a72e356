using System.Collections.Immutable;

namespace PixArt.Training.Data.Scenes;

/// <summary>
/// The objects and settings that the shipped model knows. The order is part of the recogniser's weights: append, never reorder.
/// Objects were chosen to differ in colour and outline at 40 px.
/// </summary>
public static class SceneVocabulary
{
    /// <summary>All objects, in class order.</summary>
    public static ImmutableArray<SceneObject> Objects { get; } = NumberedObjects(
        new("1f98a", "fox", "foxes", adjective: "orange"),
        new("1f431", "cat", synonyms: ["kitten", "kitty"], adjective: "yellow"),
        new("1f436", "dog", synonyms: ["puppy"], adjective: "brown"),
        new("1f430", "rabbit", synonyms: ["bunny"], adjective: "white"),
        new("1f43c", "panda", synonyms: ["panda bear"]),
        new("1f437", "pig", synonyms: ["piglet"], adjective: "pink"),
        new("1f438", "frog", adjective: "green"),
        new("1f981", "lion"),
        new("1f427", "penguin"),
        new("1f989", "owl", adjective: "brown"),
        new("1f418", "elephant", adjective: "grey"),
        new("1f422", "turtle", synonyms: ["tortoise"], adjective: "green"),
        new("1f419", "octopus", "octopuses", adjective: "orange", elevation: Elevation.Swims),
        new("1f420", "fish", "fish", synonyms: ["tropical fish"], adjective: "blue", elevation: Elevation.Swims),
        new("1f433", "whale", adjective: "blue", elevation: Elevation.Swims),
        new("1f98b", "butterfly", "butterflies", elevation: Elevation.Flies),
        new("1f41d", "bee", synonyms: ["honey bee"], elevation: Elevation.Flies),
        new("1f996", "dinosaur", synonyms: ["T-rex"], adjective: "green"),
        new("1f980", "crab", adjective: "red"),
        new("1f99c", "parrot", adjective: "colourful"),
        new("1f42a", "camel"),
        new("1f40c", "snail", adjective: "brown"),
        new("1f335", "cactus", "cacti", adjective: "green", face: new(128, 84, 19, 13)),
        new("1f333", "tree", adjective: "green", face: new(128, 118, 36, 16)),
        new("1f334", "palm tree", synonyms: ["palm"]),
        new("1f33b", "sunflower", adjective: "yellow"),
        new("1f344", "mushroom", synonyms: ["toadstool"], adjective: "red", face: new(128, 172, 18, 11)),
        new("1f383", "pumpkin", synonyms: ["jack-o'-lantern"], adjective: "orange"),
        new("1f337", "tulip", synonyms: ["flower"], adjective: "pink", face: new(128, 96, 28, 14)),
        new("1f34e", "apple", adjective: "red", face: new(128, 122, 42, 17)),
        new("1f34c", "banana", adjective: "yellow"),
        new("1f353", "strawberry", "strawberries", adjective: "red"),
        new("1f354", "hamburger", synonyms: ["burger"]),
        new("1f369", "donut", synonyms: ["doughnut"], adjective: "brown"),
        new("1f382", "cake", synonyms: ["birthday cake"]),
        new("1f697", "car", synonyms: ["automobile"], adjective: "red"),
        new("1f68c", "bus", "buses", adjective: "yellow"),
        new("1f680", "rocket", synonyms: ["spaceship"], elevation: Elevation.Flies),
        new("26f5", "sailboat", synonyms: ["boat", "sailing boat"]),
        new("2708-fe0f", "airplane", synonyms: ["plane", "aeroplane"], adjective: "blue", elevation: Elevation.Flies),
        new("1f3e0", "house", synonyms: ["home"]),
        new("1f3f0", "castle"),
        new("26fa", "tent", adjective: "green"),
        new("1f388", "balloon", adjective: "red", elevation: Elevation.Flies, face: new(144, 76, 27, 13)),
        new("26bd", "football", synonyms: ["soccer ball", "ball"]),
        new("1f3b8", "guitar", synonyms: ["electric guitar"], adjective: "red"),
        new("1f381", "gift", synonyms: ["present", "gift box"], adjective: "yellow"),
        new("2602-fe0f", "umbrella", adjective: "purple"),
        new("1f916", "robot"),
        new("26c4", "snowman", "snowmen"),
        new("1f47b", "ghost", adjective: "white"),
        new("2b50", "star", adjective: "yellow", elevation: Elevation.Flies, face: new(128, 112, 30, 15)),
        new("2764-fe0f", "heart", adjective: "red", elevation: Elevation.Flies, face: new(128, 84, 42, 17)),
        new("1f451", "crown", adjective: "golden"));

    /// <summary>All settings, in class order.</summary>
    public static ImmutableArray<SceneSetting> Settings { get; } = NumberedSettings(
        new("desert", ["in the desert", "in a desert", "in the Sahara desert", "in the Sahara", "in a sandy desert"]),
        new("beach", ["on the beach", "on a beach", "at the beach", "at the seaside", "by the sea"]),
        new("meadow", ["in a meadow", "in the meadow", "in a green meadow", "in a green field", "on the grass"]),
        new("night", ["under the night sky", "at night", "under a starry sky", "under the stars", "in the night sky"]),
        new("snow", ["in the snow", "in a snowy field", "in a snow field", "on a snow field", "in winter"]),
        new("forest", ["in a forest", "in the forest", "in the woods", "in a dark forest"]),
        new("city", ["in a city street", "on a city street", "in the city", "in a city", "on the street"]),
        new("underwater", ["underwater", "under water", "under the sea", "at the bottom of the sea", "in the ocean"], underwater: true),
        new("mountains", ["in the mountains", "in front of the mountains", "in front of mountains"]),
        new("moon", ["on the moon", "on the surface of the moon", "on the moon surface"]),
        new("room", ["in a room", "in a cosy room", "in a living room", "in the living room"]),
        new("sunset", ["at sunset", "in the sunset", "under a sunset sky"]));

    /// <summary>The object of that name or synonym, or null.</summary>
    public static SceneObject? FindObject(string name) => Objects.FirstOrDefault(candidate =>
        string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase)
        || candidate.Synonyms.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>The setting of that name, or null.</summary>
    public static SceneSetting? FindSetting(string name) => Settings.FirstOrDefault(candidate =>
        string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase));

    private static ImmutableArray<SceneObject> NumberedObjects(params SceneObject[] items) =>
        [.. items.Select((item, index) => item with { Index = index })];

    private static ImmutableArray<SceneSetting> NumberedSettings(params SceneSetting[] items) =>
        [.. items.Select((item, index) => item with { Index = index })];
}
