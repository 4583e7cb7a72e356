using PixArt.Text.Cleaning;

namespace PixArt.Tests.Text;

public sealed class HtmlTextTests
{
    // What Beautiful Soup 4.11.2 over html.parser of Python 3.11 gives.
    [Theory]
    [InlineData("a<br>b", "ab")]
    [InlineData("<a href=\"x>y\">z", "z")]
    [InlineData("<a b= \"c>d", "d")]
    [InlineData("<a b==\"c>d", "d")]
    [InlineData("<a b=\"c>d", "<a b=\"c>d")]
    [InlineData("<script>1<b>2</b></script>3", "3")]
    [InlineData("<script>1", "")]
    [InlineData("<style/>1", "1")]
    [InlineData("<rt>1</rt>2", "2")]
    [InlineData("<template>1<b>2</b></template>3", "3")]
    [InlineData("<pre>  </pre>", "  ")]
    [InlineData("<b> \n </b>", "\n")]
    [InlineData("a<![CDATA[]]>b", "a b")]
    [InlineData("<![CDATA[x]] >y", "xy")]
    [InlineData("<![if x]>y<![endif]>", "y")]
    [InlineData("<!DOCTYPE html>x", "x")]
    [InlineData("<!foo>x<?pi?>y</1>z</>", "xyz")]
    [InlineData("<!-- a -- >b", "b")]
    [InlineData("<!-- a", "<!-- a")]
    [InlineData("x &amp y &foo; &copy", "x & y &foo &copy")]
    [InlineData("&#65;&#x42;&#147;&#0;", "AB\u201c\0")]
    [InlineData("&#39 a", "' a")]
    [InlineData("&#x; <b>", "&#x; ")]
    [InlineData("a &b", "a b")]
    [InlineData("<", "<")]
    [InlineData("1 < 2", "1 < 2")]
    public void Extract_reads_as_the_reference(string markup, string expected) => Assert.Equal(expected, HtmlText.Extract(markup));
}
