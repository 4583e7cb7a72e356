using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Data.Pictures;

public sealed class CaptionChoiceTests
{
    [Fact]
    public void Choose_LongCaptions_HaveTheirShare()
    {
        var choice = new CaptionChoice(new DataRecipe { LongCaptions = 0.7 });
        Assert.InRange(Enumerable.Range(0, 1000).Count(visit => choice.Choose(new("short", "long"), new(3, visit)) is "long"), 650, 750);
        Assert.Equal("short", choice.Choose(new("short"), new(3, 1)));
        Assert.Equal("long", new CaptionChoice(new DataRecipe()).Choose(new(null, "long"), new(3, 1)));
        Assert.Equal("", choice.Choose(default, new(3, 1)));
    }

    [Fact]
    public void Choose_ShuffleTags_KeepsTheFirstAndAllParts()
    {
        var choice = new CaptionChoice(new DataRecipe { ShuffleTags = true, KeepTags = 2 });
        var orders = Enumerable.Range(0, 40).Select(visit => choice.Choose(new("a b, c, d,e , f"), new(0, visit))).ToArray();
        Assert.All(orders, order => Assert.StartsWith("a b, c, ", order));
        Assert.All(orders, order => Assert.Equal(["a b", "c", "d", "e", "f"], order.Split(", ").Order(StringComparer.Ordinal), StringComparer.Ordinal));
        Assert.True(orders.Distinct(StringComparer.Ordinal).Count() > 3);
        Assert.Equal(orders[7], choice.Choose(new("a b, c, d,e , f"), new(0, 7)));
    }
}
