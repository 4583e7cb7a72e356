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

    public static TheoryData<string, Action<ConfigJson>> Wrong() => new()
    {
        { "'a' is missing, expected a number", c => c.Number("a") },
        { "'a' is missing, expected true or false", c => c.Bool("a") },
        { "'a' is missing, expected text", c => c.Text("a") },
        { "'a' is missing, expected a list", c => c.Ints("a") },
        { "'n' is 28, expected true or false", c => c.Bool("n") },
        { "'n' is 28, expected text", c => c.Text("n") },
        { "'n' is 28, expected an object", c => c.Object("n") },
        { "'t' is \"gelu\", expected a number", c => c.Number("t") },
        { "'l' is \"x\", expected a number", c => c.Numbers("l") },
        { "o: 'inner' is true, expected a whole number", c => c.Object("o")!.Int("inner") },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Every_kind_tells_what_it_is_and_what_is_right(string message, Action<ConfigJson> read)
    {
        var config = Parse("""{"n":28,"t":"gelu","l":[1,"x"],"o":{"inner":true}}""");
        Assert.Equal($"transformer/config.json: {message}", Assert.Throws<WeightsException>(() => read(config)).Message);
    }

    [Fact]
    public void A_file_that_cannot_be_a_configuration_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder["config.json"];
        Assert.Equal($"{path}: there is no such file", Assert.Throws<WeightsException>(() => ConfigJson.Read(path)).Message);
        using (var file = File.Create(path)) file.SetLength((64L << 20) + 1);
        Assert.Equal($"{path}: has 67108865 bytes, too many for a configuration", Assert.Throws<WeightsException>(() => ConfigJson.Read(path)).Message);
        File.WriteAllText(path, "{");
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.StartsWith($"{path}: cannot be read: ", Assert.Throws<WeightsException>(() => ConfigJson.Read(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is not valid JSON: ")]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("{\"a\":}", "is not valid JSON: ")]
    [InlineData("{\"a\":1", "is not valid JSON: ")]
    [InlineData("{\"a\":\"", "is not valid JSON: ")]
    [InlineData("{\"a\":Infinityy}", "is not valid JSON: ")]
    public void Broken_json_is_one_line(string json, string message)
    {
        var error = Assert.Throws<WeightsException>(() => Parse(json));
        Assert.Equal(WeightsErrorKind.InvalidJson, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
        Assert.StartsWith($"transformer/config.json: {message}", error.Message, StringComparison.Ordinal);
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
