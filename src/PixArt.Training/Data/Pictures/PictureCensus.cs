using System.Collections.Concurrent;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Goes through all pictures once: which can be used, at which size, and what is wrong with the others. Where the listing
/// tells no size, the beginning of the file does.</summary>
/// <param name="recipe">What training wants.</param>
/// <param name="sets">The pictures.</param>
sealed class PictureCensus(DataRecipe recipe, IReadOnlyList<IPictureSet> sets)
{
    const int HeadBytes = 128 << 10;
    readonly AspectRatioBins? _bins = recipe.Buckets is { } side ? AspectRatioBins.ForTraining(side) : null;

    /// <summary>The usable pictures, by size, then set, then number in the set; and the report.</summary>
    public (CountedPicture[] Pictures, DataReport Report) Take(CancellationToken cancel)
    {
        var report = new DataReport { Troubles = [.. sets.SelectMany(set => set.Troubles)] };
        var all = new List<CountedPicture>();
        for (var i = 0; i < sets.Count; i++) all.AddRange(Count(i, report, cancel));
        var bySize = all.GroupBy(picture => (picture.Shape.Height, picture.Shape.Width))
            .OrderBy(size => (double)size.Key.Height / size.Key.Width).ThenBy(size => size.Key.Height).ToArray();
        var kept = bySize.Where(size => size.Count() >= recipe.SmallestBucket).ToArray();
        report.Rare = all.Count - kept.Sum(size => size.Count());
        var pictures = Chosen([.. kept.SelectMany(size => size.OrderBy(p => p.Set).ThenBy(p => p.Index))]);
        report.Used = pictures.Length;
        report.Enlarged = pictures.Count(p => p.Shape.OriginalHeight < p.Shape.Height || p.Shape.OriginalWidth < p.Shape.Width);
        report.Sizes = [.. pictures.GroupBy(p => (p.Shape.Height, p.Shape.Width)).Select(g => new DataSize(g.Key.Height, g.Key.Width, g.Count()))];
        report.Sets = [.. sets.Select((set, i) => new DataSetCount(set.Title, set.Count, pictures.Count(p => p.Set == i)))];
        return (pictures, report);
    }

    // As many as the recipe wants, the same ones for the same seed.
    CountedPicture[] Chosen(CountedPicture[] pictures)
    {
        if (recipe.Count is not { } count || count >= pictures.Length) return pictures;
        var order = new SampleOrder(pictures.Length, recipe.Seed);
        return [.. Enumerable.Range(0, (int)count).Select(i => order[i].Index).Order().Select(i => pictures[i])];
    }

    IEnumerable<CountedPicture> Count(int number, DataReport report, CancellationToken cancel)
    {
        var set = sets[number];
        var sizes = new (int Height, int Width)?[set.Count];
        var reasons = new ConcurrentDictionary<int, string>();
        Parallel.For(0, set.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            try
            {
                sizes[i] = set.SizeOf(i) ?? Measure(set, i);
            }
            catch (Exception e) when (e is PixArtException or IOException or UnauthorizedAccessException)
            {
                reasons[i] = e.Message;
            }
        });
        foreach (var (index, reason) in reasons.OrderBy(pair => pair.Key)) report.AddBroken(set.NameOf(index), reason);
        for (var i = 0; i < set.Count; i++)
        {
            if (sizes[i] is not { } size || !Fits(set, i, size, report)) continue;
            if (!set.HasCaption(i)) report.AddMissing(set.NameOf(i));
            yield return new(number, i, ShapeOf(size));
        }
    }

    bool Fits(IPictureSet set, int index, (int Height, int Width) size, DataReport report)
    {
        if (Math.Min(size.Height, size.Width) < recipe.SmallestSide)
        {
            report.AddSmall(set.NameOf(index));
            return false;
        }

        if (recipe.LargestRatio is not { } largest || size.Height <= largest * size.Width) return true;
        report.Tall++;
        return false;
    }

    PictureShape ShapeOf((int Height, int Width) size)
    {
        if (_bins is null) return new(recipe.Size, recipe.Size, recipe.Size, recipe.Size, 1);
        var bin = _bins.Closest((double)size.Height / size.Width);
        return new(bin.Height, bin.Width, size.Height, size.Width, bin.Ratio);
    }

    static (int Height, int Width) Measure(IPictureSet set, int index)
    {
        var head = set.Read(index, HeadBytes);
        try
        {
            return Size(head);
        }
        catch (PixArtException) when (head.Length == HeadBytes)
        {
            // Colour profiles and thumbnails can push the size behind the beginning.
            return Size(set.Read(index));
        }

        (int, int) Size(byte[] bytes)
        {
            var (width, height) = Image.Measure(bytes, name: set.NameOf(index));
            return (height, width);
        }
    }
}
