namespace PixArt.Text.Cleaning;

/// <summary>What a string of a document counts as.</summary>
enum HtmlString
{
    /// <summary>Text between tags.</summary>
    Plain,

    /// <summary>Content of a CDATA section; text wherever it stands.</summary>
    Verbatim,

    /// <summary>A comment, declaration or processing instruction.</summary>
    Hidden,
}
