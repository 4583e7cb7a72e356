namespace PixArt.Tests;

public class ExceptionTests
{
    [Fact]
    public void Message_with_line_breaks_becomes_one_line() =>
        Assert.Equal("first second third", new PixArtException("first\n second\r\n\nthird\n").Message);

    [Theory]
    [InlineData(0, "steps is 0, expected at least 1")]
    [InlineData("fast", "steps is 'fast', expected at least 1")]
    [InlineData(null, "steps is missing, expected at least 1")]
    [InlineData(double.NaN, "steps is NaN, expected at least 1")]
    [InlineData(true, "steps is true, expected at least 1")]
    public void InvalidSetting_names_field_value_and_expectation(object? value, string message) =>
        Assert.Equal(message, new InvalidSettingException("steps", value, "at least 1").Message);

    [Fact]
    public void InvalidSetting_quotes_a_long_path_whole()
    {
        var path = "/" + string.Join('/', Enumerable.Repeat("folder", 40));
        Assert.Equal($"output is '{path}', expected a file", new InvalidSettingException("output", path, "a file").Message);
    }

    [Fact]
    public void InvalidSetting_with_a_long_text_quotes_its_beginning()
    {
        var error = new InvalidSettingException("prompt", new string('x', 1_000_000), "at most 10000 characters");
        Assert.InRange(error.Message.Length, 100, 200);
        Assert.Contains("1000000 characters", error.Message, StringComparison.Ordinal);
        Assert.Equal("prompt", error.Field);
    }
}
