using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>An enumeration by its names only: a number in a file is a mistake.</summary>
sealed class StrictEnumConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
