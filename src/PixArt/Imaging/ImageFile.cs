using PixArt.Weights;

namespace PixArt.Imaging;

/// <summary>Whole picture files, read under a limit and written atomically.</summary>
static class ImageFile
{
    public static byte[] Read(string path, ImageLimits limits)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            limits.CheckBytes(path, file.Length);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PixArtException($"{path}: no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PixArtException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    public static void Write(string path, byte[] bytes)
    {
        try
        {
            AtomicFile.Write(path, bytes);
        }
        catch (ArgumentException e)
        {
            throw new PixArtException($"'{path}' is no usable file name: {e.Message}", e);
        }
    }
}
