namespace PixArt.Weights;

/// <summary>A line of <c>model_index.json</c>.</summary>
/// <param name="Name">The component, for example <c>transformer</c>.</param>
/// <param name="Library">The library that the class comes from, for example <c>diffusers</c>; null: the component is left out.</param>
/// <param name="ClassName">The class, for example <c>PixArtTransformer2DModel</c>; null: the component is left out.</param>
public sealed record ModelComponent(string Name, string? Library, string? ClassName)
{
    /// <summary>Whether the model has it.</summary>
    public bool IsThere => ClassName is not null;
}
