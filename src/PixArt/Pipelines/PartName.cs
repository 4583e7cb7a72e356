namespace PixArt.Pipelines;

/// <summary>A model that is named, by a folder or a hub id, for one of its components.</summary>
/// <param name="Component">For example <c>transformer</c>; null: the whole model, or an adapter.</param>
/// <param name="Name">The folder or file, or the hub id with or without a file.</param>
readonly record struct PartName(string? Component, string Name);
