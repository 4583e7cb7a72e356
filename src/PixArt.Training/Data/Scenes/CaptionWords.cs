namespace PixArt.Training.Data.Scenes;

/// <summary>The words that captions are made of besides the vocabulary: writer and parser share them.</summary>
internal static class CaptionWords
{
    public static readonly string[] Small = ["small", "little", "tiny"];
    public static readonly string[] Large = ["large", "big", "huge"];
    public static readonly string[] HappyBefore = ["happy", "smiling"];
    public static readonly string[] HappyAfter = ["with a happy face", "with a smiling face"];
    public static readonly string[] HappyAfterPlural = ["with happy faces", "with smiling faces"];
    public static readonly string[] LeftOf = ["to the left of", "on the left of", "left of"];
    public static readonly string[] RightOf = ["to the right of", "on the right of", "right of"];
    public static readonly string[] NextTo = ["next to", "beside", "and", "with", "near"];
    public static readonly string[] Openings = ["a picture of", "an image of", "a photo of", "there is", "there are", "a", "an", "the"];
    public const string OnTheLeft = "on the left";
    public const string OnTheRight = "on the right";
    public const string InTheMiddle = "in the middle";
    public const string Between = "between";
    public const string FromLeftToRight = "from left to right";

    public static string WithArticle(string noun) => ("aeiou".Contains(char.ToLowerInvariant(noun[0]), StringComparison.Ordinal) ? "an " : "a ") + noun;
}
