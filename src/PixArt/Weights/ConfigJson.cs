using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PixArt.Weights;

/// <summary>A JSON configuration as diffusers and transformers write it (<c>config.json</c>, <c>scheduler_config.json</c>,
/// <c>model_index.json</c>). Fields that nobody asks for are ignored; Python's bare <c>NaN</c>, <c>Infinity</c> and
/// <c>-Infinity</c> are numbers; a field that is missing or <c>null</c> takes the default of whoever asks. A field of another
/// kind than asked for is a <see cref="WeightsException"/> that names file, field and value.</summary>
public sealed class ConfigJson
{
    const int MaxBytes = 64 << 20;

    readonly JsonElement _root;

    ConfigJson(string source, JsonElement root)
    {
        Source = source;
        _root = root;
    }

    /// <summary>The file (or what it was called), for messages.</summary>
    public string Source { get; }

    /// <summary>The object itself. Bare infinities and NaN appear in it as text.</summary>
    public JsonElement Root => _root;

    /// <summary>Names of the fields that are there, <c>null</c> or not.</summary>
    public IEnumerable<string> Names => _root.EnumerateObject().Select(p => p.Name);

    /// <summary>diffusers' <c>_class_name</c>, or the first of transformers' <c>architectures</c>; null when neither is there.</summary>
    public string? ClassName =>
        Has("_class_name") ? Text("_class_name") : Has("architectures") ? Texts("architectures", []).FirstOrDefault() : null;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">It is missing, unreadable, or no JSON object.</exception>
    public static ConfigJson Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new WeightsException(WeightsErrorKind.InvalidJson, path, null, $"has {length} bytes, too many for a configuration");
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightsException(WeightsErrorKind.NotFound, path, null, "there is no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException(WeightsErrorKind.Io, path, null, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads text.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="WeightsException">It is no JSON object.</exception>
    public static ConfigJson Parse(string json, string source) => Parse(Encoding.UTF8.GetBytes(json), source);

    /// <summary>Reads UTF-8, with or without a byte-order mark.</summary>
    /// <inheritdoc cref="Parse(string, string)"/>
    public static ConfigJson Parse(ReadOnlySpan<byte> json, string source)
    {
        if (json.StartsWith("\ufeff"u8)) json = json[3..];
        try
        {
            using var document = JsonDocument.Parse(BareNumbers.Quote(json), new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new ConfigJson(source, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new WeightsException(WeightsErrorKind.InvalidJson, source, null, $"is not valid JSON: {e.Message}", e);
        }

        throw new WeightsException(WeightsErrorKind.InvalidJson, source, null, "is not a JSON object");
    }

    /// <summary>What the fields mean to a model; of a field that cannot be used, the file is told too.</summary>
    /// <param name="read">Reads them.</param>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names the file and the field.</exception>
    internal T As<T>(Func<ConfigJson, T> read)
    {
        try
        {
            return read(this);
        }
        catch (InvalidSettingException e)
        {
            throw new InvalidSettingException($"{Source}: {e.Field}", e.Value, e.Expected);
        }
    }

    /// <summary>Whether the field is there and not <c>null</c>.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A whole number (2.0 counts as 2).</summary>
    /// <param name="name">The field.</param>
    /// <param name="otherwise">Its value when the file does not say; without it the field must be there.</param>
    /// <exception cref="WeightsException">It is something else, or missing without a default.</exception>
    public int Int(string name, int? otherwise = null) => IntOrNull(name) ?? otherwise ?? throw Missing(name, "a whole number");

    /// <summary>A whole number, or null when the file does not say.</summary>
    /// <inheritdoc cref="Int"/>
    public int? IntOrNull(string name) => Find(name) is { } value ? ToInt(name, value) : null;

    /// <summary>A number.</summary>
    /// <inheritdoc cref="Int"/>
    public double Number(string name, double? otherwise = null) => NumberOrNull(name) ?? otherwise ?? throw Missing(name, "a number");

    /// <summary>A number, or null when the file does not say.</summary>
    /// <inheritdoc cref="Int"/>
    public double? NumberOrNull(string name) => Find(name) is { } value ? ToNumber(name, value) : null;

    /// <summary>True or false.</summary>
    /// <inheritdoc cref="Int"/>
    public bool Bool(string name, bool? otherwise = null) => BoolOrNull(name) ?? otherwise ?? throw Missing(name, "true or false");

    /// <summary>True or false, or null when the file does not say.</summary>
    /// <inheritdoc cref="Int"/>
    public bool? BoolOrNull(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(name, other, "true or false"),
    };

    /// <summary>Text.</summary>
    /// <inheritdoc cref="Int"/>
    public string Text(string name, string? otherwise = null) => TextOrNull(name) ?? otherwise ?? throw Missing(name, "text");

    /// <summary>Text, or null when the file does not say.</summary>
    /// <inheritdoc cref="Int"/>
    public string? TextOrNull(string name) => Find(name) is { } value ? ToText(name, value) : null;

    /// <summary>A list of whole numbers; a single number counts as a list of one.</summary>
    /// <inheritdoc cref="Int"/>
    public int[] Ints(string name, int[]? otherwise = null) => List(name, otherwise, ToInt);

    /// <summary>A list of numbers; a single number counts as a list of one.</summary>
    /// <inheritdoc cref="Int"/>
    public double[] Numbers(string name, double[]? otherwise = null) => List(name, otherwise, ToNumber);

    /// <summary>A list of texts; a single text counts as a list of one.</summary>
    /// <inheritdoc cref="Int"/>
    public string[] Texts(string name, string[]? otherwise = null) => List(name, otherwise, ToText);

    /// <summary>An object in the object, or null when the file does not say.</summary>
    /// <inheritdoc cref="Int"/>
    public ConfigJson? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigJson($"{Source}: {name}", value),
        { } other => throw Wrong(name, other, "an object"),
    };

    T[] List<T>(string name, T[]? otherwise, Func<string, JsonElement, T> convert) => Find(name) switch
    {
        null => otherwise ?? throw Missing(name, "a list"),
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => convert(name, item))],
        { } single => [convert(name, single)],
    };

    int ToInt(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt32(out var whole)) return whole;
            if (value.TryGetDouble(out var number) && number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue) return (int)number;
        }

        throw Wrong(name, value, "a whole number");
    }

    double ToNumber(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out var number) => number,
        JsonValueKind.String when BareNumbers.Value(value.GetString()!) is { } number => number,
        _ => throw Wrong(name, value, "a number"),
    };

    string ToText(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "text");

    JsonElement? Find(string name) =>
        _root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    WeightsException Missing(string name, string expected) =>
        new(WeightsErrorKind.InvalidJson, Source, null, $"'{name}' is missing, expected {expected}");

    WeightsException Wrong(string name, JsonElement value, string expected)
    {
        var text = WeightsException.Shorten(value.GetRawText());
        return new(WeightsErrorKind.InvalidJson, Source, null, string.Create(CultureInfo.InvariantCulture, $"'{name}' is {text}, expected {expected}"));
    }
}
