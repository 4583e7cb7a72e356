using System.Collections.Concurrent;
using PixArt.Imaging;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Sets of pictures as training data: each brought to its size, perhaps mirrored, with one of its captions. A picture that
/// turns out to be broken is told of once and replaced by the next of its size and set.</summary>
sealed class PictureData : IImageData
{
    const int MostReplacements = 20;
    const int MostTold = 20;
    readonly DataRecipe _recipe;
    readonly IPictureSet[] _sets;
    readonly CountedPicture[] _pictures;
    readonly PicturePreparation _preparation;
    readonly CaptionChoice _captions;
    readonly Action<string>? _tell;
    readonly ConcurrentDictionary<long, string> _broken = new();

    /// <param name="recipe">What training wants.</param>
    /// <param name="tell">Is told of pictures that turn out to be broken; may be called from any thread.</param>
    /// <param name="cancel">Stops the counting.</param>
    /// <exception cref="InvalidSettingException">A set is not there, or no picture can be used.</exception>
    public PictureData(DataRecipe recipe, Action<string>? tell = null, CancellationToken cancel = default)
    {
        (_recipe, _tell) = (recipe, tell);
        _preparation = new(recipe.Crop, recipe.Flip, recipe.Seed);
        _captions = new(recipe);
        _sets = [.. recipe.PictureSets.Select(PictureSets.Open)];
        (_pictures, Report) = new PictureCensus(recipe, _sets).Take(cancel);
        if (_pictures.Length == 0)
        {
            throw new InvalidSettingException(
                "data.folder", string.Join(", ", _sets.Select(set => set.Title)), $"at least one usable picture; {string.Join("; ", Report.Lines())}");
        }

        Groups = [.. Grouped()];
        Fingerprint = $"pictures 1 {recipe.Crop} " + PictureFiles.Hash(
        [
            .. _sets.Select(set => set.Fingerprint),
            .. _pictures.Select(p => $"{p.Set} {p.Index} {p.Shape.Height}x{p.Shape.Width}"),
        ]);
    }

    /// <summary>What was found.</summary>
    public DataReport Report { get; }

    /// <inheritdoc/>
    public long Count => _pictures.Length;

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SampleGroup> Groups { get; }

    /// <inheritdoc/>
    public bool IsFixed => _preparation.IsFixed;

    /// <inheritdoc/>
    public Image Get(long index, long visit = 0)
    {
        var (source, last) = (index, "");
        for (var attempt = 0; attempt < MostReplacements; attempt++, source = Next(source))
        {
            if (_broken.TryGetValue(source, out var known))
            {
                last = known;
                continue;
            }

            var picture = _pictures[source];
            var set = _sets[picture.Set];
            try
            {
                return _preparation.Decode(set.Read(picture.Index), picture.Shape, new(source, visit), set.NameOf(picture.Index));
            }
            catch (Exception e) when (e is PixArtException or IOException or UnauthorizedAccessException)
            {
                last = e.Message;
                Tell(source, set.NameOf(picture.Index), last);
            }
        }

        throw new PixArtException($"{MostReplacements} pictures in a row cannot be read, the last one: {last}");
    }

    /// <inheritdoc/>
    public long SourceOf(long index)
    {
        var source = index;
        for (var i = 0; i < MostReplacements && _broken.ContainsKey(source); i++) source = Next(source);
        return source;
    }

    /// <summary>How its list names a picture.</summary>
    public string NameOf(long index) => _sets[_pictures[index].Set].NameOf(_pictures[index].Index);

    /// <inheritdoc/>
    public PictureShape Shape(long index) => _pictures[index].Shape;

    /// <inheritdoc/>
    public string Caption(long index, long visit)
    {
        var picture = _pictures[SourceOf(index)];
        return _captions.Choose(_sets[picture.Set].TextOf(picture.Index), new(index, visit));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var set in _sets) set.Dispose();
    }

    IEnumerable<SampleGroup> Grouped()
    {
        var counts = Enumerable.Range(0, _sets.Length).Select(set => _pictures.LongCount(picture => picture.Set == set)).ToArray();
        var rates = PictureSets.Rates(_recipe.PictureSets, counts);
        for (var first = 0; first < _pictures.Length;)
        {
            var end = first + 1;
            while (end < _pictures.Length && IsSameGroup(first, end)) end++;
            var picture = _pictures[first];
            yield return SampleGroup.Range(first, end - first, picture.Shape.Height, picture.Shape.Width, rates[picture.Set]);
            first = end;
        }
    }

    bool IsSameGroup(long a, long b) => _pictures[a].Set == _pictures[b].Set
        && _pictures[a].Shape.Height == _pictures[b].Shape.Height && _pictures[a].Shape.Width == _pictures[b].Shape.Width;

    // The next picture of the same group, after its last one the first.
    long Next(long index)
    {
        if (index + 1 < _pictures.Length && IsSameGroup(index, index + 1)) return index + 1;
        return Groups.First(group => index >= group[0] && index < group[0] + group.Count)[0];
    }

    void Tell(long index, string name, string reason)
    {
        if (!_broken.TryAdd(index, reason) || _tell is null) return;
        var count = _broken.Count;
        var told = reason.Contains(name, StringComparison.Ordinal) ? reason : $"{name}: {reason}";
        if (count <= MostTold) _tell($"broken, another picture takes its place: {told}");
        else if (int.IsPow2(count)) _tell($"{count} pictures are broken by now");
    }
}
