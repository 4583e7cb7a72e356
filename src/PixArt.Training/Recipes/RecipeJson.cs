using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixArt.Training.Recipes;

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PixArt.Training.Data.Scenes.SceneDistribution))]
[JsonSerializable(typeof(TokenizerRecipe))]
[JsonSerializable(typeof(AutoencoderRecipe))]
[JsonSerializable(typeof(LayoutRecipe))]
[JsonSerializable(typeof(TransformerRecipe))]
[JsonSerializable(typeof(FeatureRecipe))]
[JsonSerializable(typeof(ControlRecipe))]
[JsonSerializable(typeof(ExpertsRecipe))]
sealed partial class RecipeJson : JsonSerializerContext
{
    /// <summary>The default context with enumeration values in camel case, as all other names are.</summary>
    public static RecipeJson Camel { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>How a recipe writes a value of an enumeration.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
