using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public class ContactSheetTests
{
    static ContactSheetItem[] Items(int count, string caption = "") =>
        [.. Enumerable.Range(0, count).Select(i => new ContactSheetItem(Image.Filled(64, 64, new Rgb((byte)(i + 1), 0, 0)), caption))];

    [Fact]
    public void Pictures_stand_in_rows_with_gaps()
    {
        var sheet = ContactSheet.Render(Items(5), new ContactSheetOptions { Columns = 3, Gap = 10 });
        Assert.Equal((10 + 3 * 74, 10 + 2 * 74), (sheet.Width, sheet.Height));
        for (var i = 0; i < 5; i++)
        {
            var (x, y) = (10 + i % 3 * 74, 10 + i / 3 * 74);
            Assert.Equal([(byte)(i + 1), 0, 0], sheet.At(x, y));
            Assert.Equal([(byte)(i + 1), 0, 0], sheet.At(x + 63, y + 63));
            Assert.Equal([250, 250, 248], sheet.At(x + 64, y));
        }
    }

    [Fact]
    public void Captions_and_title_take_room_and_leave_ink()
    {
        var options = new ContactSheetOptions { Columns = 2, TextColor = new Rgb(0, 0, 255) };
        var plain = ContactSheet.Render(Items(2), options);
        var captioned = ContactSheet.Render(Items(2, "a fox in a meadow"), options);
        var titled = ContactSheet.Render(Items(2, "a fox in a meadow"), options with { Title = "step 1" });
        Assert.True(plain.Height < captioned.Height);
        Assert.True(captioned.Height < titled.Height);
        Assert.Equal(0, Blue(plain));
        Assert.True(Blue(captioned) > 100);
        Assert.True(Blue(titled) > Blue(captioned));

        static int Blue(Image image) => Enumerable.Range(0, image.Width * image.Height)
            .Count(i => image.Pixels.AsSpan(i * 3, 3).SequenceEqual((byte[])[0, 0, 255]));
    }

    [Fact]
    public void Columns_are_chosen_for_a_squarish_sheet()
    {
        var sheet = ContactSheet.Render(Items(16));
        Assert.Equal(sheet.Width, sheet.Height);
        var wide = Enumerable.Range(0, 8).Select(_ => new ContactSheetItem(Image.Filled(200, 50, Rgb.Black))).ToArray();
        Assert.InRange(ContactSheet.Render(wide).Width / (double)ContactSheet.Render(wide).Height, 0.4, 2.5);
    }

    [Fact]
    public void Large_pictures_are_reduced_to_the_cell_and_alpha_shows_the_sheet()
    {
        var clear = new Image(300, 100, 4, new byte[300 * 100 * 4]);
        var sheet = ContactSheet.Render([new ContactSheetItem(clear)], new ContactSheetOptions { CellSize = 90, Gap = 0 });
        Assert.Equal((90, 30), (sheet.Width, sheet.Height));
        Assert.Equal([250, 250, 248], sheet.At(45, 15));
    }

    [Fact]
    public void A_sheet_of_nothing_is_refused() =>
        Assert.Equal("pictures of a contact sheet is 0, expected at least 1", Assert.Throws<InvalidSettingException>(() => ContactSheet.Render([])).Message);
}
