namespace PixArt.Cli.Generation;

/// <summary>The prompts of a run: those of the command line, then those of a file.</summary>
internal static class PromptList
{
    const long LargestFile = 16 << 20;

    /// <param name="given">Prompts of the command line.</param>
    /// <param name="file">A text file with one prompt a line; empty lines count for nothing. `-` is standard input.</param>
    /// <exception cref="PixArtException">The file cannot be read, or there is no prompt at all.</exception>
    public static IReadOnlyList<string> Read(IReadOnlyList<string> given, string? file)
    {
        List<string> prompts = [.. given];
        if (file is not null) prompts.AddRange(Lines(file).Where(line => !string.IsNullOrWhiteSpace(line)));
        if (prompts.Count > 0) return prompts;
        throw new InvalidSettingException(
            file is null ? "prompt" : "--prompts", file, file is null ? "at least one: pixart generate \"a fox in a meadow\"" : "a file with a prompt on a line");
    }

    static IEnumerable<string> Lines(string file)
    {
        if (file is "-") return Console.In.ReadToEnd().Split('\n').Select(line => line.TrimEnd('\r'));
        if (!File.Exists(file)) throw new InvalidSettingException("--prompts", file, "a text file with a prompt on each line");
        if (new FileInfo(file).Length > LargestFile) throw new InvalidSettingException("--prompts", file, "a text file of at most 16 MiB");
        return File.ReadLines(file);
    }
}
