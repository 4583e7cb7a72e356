using PixArt.Weights;

namespace PixArt.Tests.Weights;

public class ConfigJsonTests
{
    static ConfigJson Parse(string json) => ConfigJson.Parse(json, "transformer/config.json");

    [Fact]
    public void Values_are_read_by_kind_and_missing_or_null_take_the_default()
    {
        var config = Parse("""{"n":28,"f":2.0,"x":0.5,"b":true,"t":"gelu","l":[1,2],"one":7,"null":null,"unknown":{"a":[]}}""");
        Assert.Equal(28, config.Int("n"));
        Assert.Equal(2, config.Int("f"));
        Assert.Equal(0.5, config.Number("x"));
        Assert.True(config.Bool("b"));
        Assert.Equal("gelu", config.Text("t"));
        Assert.Equal([1, 2], config.Ints("l"));
        Assert.Equal([7], config.Ints("one"));
        Assert.Null(config.IntOrNull("null"));
        Assert.Equal(3, config.Int("null", 3));
        Assert.Equal([4], config.Ints("missing", [4]));
        Assert.False(config.Has("null"));
        Assert.Empty(config.Object("unknown")!.Ints("a"));
    }

    [Fact]
    public void Bare_infinities_and_nan_are_numbers_and_text_that_looks_like_them_is_kept()
    {
        var config = Parse("""{"a":-Infinity,"b":Infinity,"c":NaN,"d":"say \"NaN, -Infinity\"","e":[Infinity,1],"NaN":1}""");
        Assert.Equal(double.NegativeInfinity, config.Number("a"));
        Assert.Equal(double.PositiveInfinity, config.Number("b"));
        Assert.Equal(double.NaN, config.Number("c"));
        Assert.Equal("say \"NaN, -Infinity\"", config.Text("d"));
        Assert.Equal([double.PositiveInfinity, 1], config.Numbers("e"));
        Assert.Equal(1, config.Int("NaN"));
    }

    [Theory]
    [InlineData("""{"_class_name":"AutoencoderKL"}""", "AutoencoderKL")]
    [InlineData("""{"architectures":["T5EncoderModel"]}""", "T5EncoderModel")]
    [InlineData("{}", null)]
    public void Class_name_is_found_where_either_library_writes_it(string json, string? name) =>
        Assert.Equal(name, Parse(json).ClassName);

    [Fact]
    public void Wrong_kind_names_file_field_value_and_what_is_right()
    {
        var error = Assert.Throws<WeightsException>(() => Parse("""{"num_layers":"many"}""").Int("num_layers"));
        Assert.Equal("transformer/config.json: 'num_layers' is \"many\", expected a whole number", error.Message);
        error = Assert.Throws<WeightsException>(() => Parse("{}").Int("num_layers"));
        Assert.Equal("transformer/config.json: 'num_layers' is missing, expected a whole number", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":\"")]
    [InlineData("{\"a\":Infinityy}")]
    public void Broken_json_is_one_line(string json)
    {
        var error = Assert.Throws<WeightsException>(() => Parse(json));
        Assert.Equal(WeightsErrorKind.InvalidJson, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e99")]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("Infinity")]
    public void What_is_no_whole_number_is_refused(string value) =>
        Assert.Throws<WeightsException>(() => Parse($"{{\"n\":{value}}}").Int("n"));
}
