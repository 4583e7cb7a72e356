namespace PixArt.Training.Recipes;

/// <summary>A field of a recipe that names a model on disk.</summary>
/// <param name="Field">The field as recipes write it.</param>
/// <param name="Component">The component that is meant, as <c>transformer</c>; null: a whole model or a file.</param>
/// <param name="Name">What the recipe says.</param>
/// <param name="Set">Says something else.</param>
public sealed record ModelReference(string Field, string? Component, string Name, Action<string> Set)
{
    /// <summary>The fields of a recipe that name models and are not empty.</summary>
    /// <param name="recipe">The recipe.</param>
    public static IReadOnlyList<ModelReference> Of(TrainingRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var found = new List<ModelReference>();
        switch (recipe)
        {
            case FeatureRecipe features:
                Add("autoencoder", "vae", features.Autoencoder, name => features.Autoencoder = name);
                Add("hed", null, features.Hed, name => features.Hed = name);
                Add("textEncoder", "text_encoder", features.TextEncoder, name => features.TextEncoder = name);
                Add("tokenizer", "tokenizer", features.Tokenizer, name => features.Tokenizer = name);
                if (features.Teacher is { } teacher) Add("teacher.model", null, teacher.Model, name => teacher.Model = name);
                break;
            case ExpertsRecipe experts:
                Add("from", null, experts.From, name => experts.From = name);
                break;
            case AutoencoderRecipe autoencoder:
                Add("from", "vae", autoencoder.From, name => autoencoder.From = name);
                break;
            case LayoutRecipe layout:
                Add("from", "text_encoder", layout.From, name => layout.From = name);
                Add("teacher", "text_encoder", layout.Teacher, name => layout.Teacher = name);
                Add("tokenizer", "tokenizer", layout.Tokenizer, name => layout.Tokenizer = name);
                break;
            case TransformerRecipe transformer:
                Add("from", "transformer", transformer.From, name => transformer.From = name);
                Add("tokenizer", "tokenizer", transformer.Tokenizer, name => transformer.Tokenizer = name);
                Add("textEncoder.from", "text_encoder", transformer.TextEncoder.From, name => transformer.TextEncoder.From = name);
                Add("latents.autoencoder", "vae", transformer.Latents.Autoencoder, name => transformer.Latents.Autoencoder = name);
                if (transformer.Consistency is { } distilled) Add("consistency.teacher", "transformer", distilled.Teacher, name => distilled.Teacher = name);
                if (transformer.DistributionMatching is { } matched) Add("distributionMatching.teacher", "transformer", matched.Teacher, name => matched.Teacher = name);
                if (transformer.DistributionMatching?.Regression is { } regression)
                {
                    const string place = "distributionMatching.regression.";
                    Add(place + "autoencoder", "vae", regression.Autoencoder, name => regression.Autoencoder = name);
                    Add(place + "vgg", null, regression.Vgg, name => regression.Vgg = name);
                    Add(place + "lpips", null, regression.Lpips, name => regression.Lpips = name);
                }

                if (recipe is not ControlRecipe control) break;
                Add("controlFrom", "controlnet", control.ControlFrom, name => control.ControlFrom = name);
                Add("hed", null, control.Hed, name => control.Hed = name);
                break;
            default:
                break;
        }

        return found;

        void Add(string field, string? component, string? name, Action<string> set)
        {
            if (!string.IsNullOrEmpty(name)) found.Add(new(field, component, name, set));
        }
    }
}
