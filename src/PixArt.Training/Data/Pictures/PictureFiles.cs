using System.Security.Cryptography;
using System.Text;

namespace PixArt.Training.Data.Pictures;

/// <summary>What sets of files have in common.</summary>
static class PictureFiles
{
    static readonly HashSet<string> s_endings = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".webp" };

    /// <summary>Whether the name is that of a picture.</summary>
    public static bool IsPicture(string name) => s_endings.Contains(Path.GetExtension(name));

    /// <summary>The beginning of a file, or all of it.</summary>
    public static byte[] Read(string path, long offset, long length, int most)
    {
        using var handle = File.OpenHandle(path);
        var bytes = new byte[(int)Math.Min(length, most)];
        var done = 0;
        while (done < bytes.Length)
        {
            var read = RandomAccess.Read(handle, bytes.AsSpan(done), offset + done);
            if (read == 0) throw new PixArtException($"{path}: ends before byte {offset + bytes.Length}");
            done += read;
        }

        return bytes;
    }

    /// <summary>A whole file, or its beginning.</summary>
    public static byte[] Read(string path, int most)
    {
        try
        {
            return Read(path, 0, new FileInfo(path).Length, most);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PixArtException($"{path}: no such file", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PixArtException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>A short name for a listing.</summary>
    public static string Hash(IEnumerable<string> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines) hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The folder of a set.</summary>
    /// <exception cref="InvalidSettingException">It is not there.</exception>
    public static string Folder(string folder) =>
        Directory.Exists(folder) ? folder : throw new InvalidSettingException("data.folder", folder, "a folder of images");
}
