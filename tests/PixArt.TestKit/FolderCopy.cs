namespace PixArt.TestKit;

/// <summary>Copies folders.</summary>
public static class FolderCopy
{
    /// <summary>Copies a folder with all that is in it.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">What the copy is called; made where it is not there.</param>
    public static void Make(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Make(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
