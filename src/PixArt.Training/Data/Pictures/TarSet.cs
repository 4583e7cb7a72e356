using System.Text;
using System.Text.Json;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Tar shards in the manner of WebDataset: members whose names differ only after the first dot make a sample, a picture with
/// a <c>.txt</c> caption or a <c>.json</c> of captions. The shards are gone through once for the places of their members; after
/// that any picture can be read at once.</summary>
sealed class TarSet : IPictureSet
{
    readonly string[] _shards;
    readonly List<TarSample> _samples = [];
    readonly List<string> _troubles = [];
    readonly CaptionFields _fields;

    public TarSet(PictureSetRecipe recipe)
    {
        Title = PictureFiles.Folder(recipe.Folder);
        _fields = new(recipe);
        var pattern = recipe.File ?? "*.tar";
        _shards = Directory.GetFiles(Title, pattern);
        Array.Sort(_shards, StringComparer.Ordinal);
        if (_shards.Length == 0) throw new InvalidSettingException("data.folder", Title, $"a folder with {pattern}");
        var found = new TarShard[_shards.Length];
        ParallelLoop.Run(_shards.Length, i => found[i] = TarShard.Read(_shards[i], i));
        foreach (var shard in found)
        {
            _samples.AddRange(shard.Samples);
            _troubles.AddRange(shard.Troubles);
        }

        if (_samples.Count == 0) throw new InvalidSettingException("data.folder", Title, $"shards that hold pictures; {string.Join("; ", _troubles.Take(3))}");
        Fingerprint = PictureFiles.Hash(_samples.Select(s => $"{s.Shard} {s.Key} {s.Picture.Offset} {s.Picture.Length}"));
    }

    public string Title { get; }

    public int Count => _samples.Count;

    public string Fingerprint { get; }

    public IReadOnlyList<string> Troubles => _troubles;

    public string NameOf(int index) => $"{Path.GetFileName(_shards[_samples[index].Shard])}/{_samples[index].Key}";

    public (int Height, int Width)? SizeOf(int index) => null;

    public bool HasCaption(int index) => TextOf(index) is { Short: not null } or { Long: not null };

    public PictureText TextOf(int index)
    {
        var sample = _samples[index];
        if (sample.Text is { } text) return new(Encoding.UTF8.GetString(Read(sample.Shard, text, int.MaxValue)).Trim() is { Length: > 0 } caption ? caption : null);
        if (sample.Json is not { } member) return default;
        try
        {
            using var json = JsonDocument.Parse(Read(sample.Shard, member, int.MaxValue));
            return json.RootElement.ValueKind == JsonValueKind.Object ? _fields.Read(json.RootElement) : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public byte[] Read(int index, int most = int.MaxValue) => Read(_samples[index].Shard, _samples[index].Picture, most);

    public void Dispose()
    {
    }

    byte[] Read(int shard, TarMember member, int most) => PictureFiles.Read(_shards[shard], member.Offset, member.Length, most);
}
