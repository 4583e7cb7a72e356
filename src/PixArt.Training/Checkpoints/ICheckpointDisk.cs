namespace PixArt.Training.Checkpoints;

/// <summary>What a checkpoint does to the disk, one call for each point at which it can be interrupted.</summary>
interface ICheckpointDisk
{
    void CreateFolder(string path);

    /// <summary>Writes a new file and flushes it to the disk.</summary>
    void Write(string path, Action<Stream> write);

    /// <summary>Makes the names inside a folder survive a power cut.</summary>
    void FlushFolder(string path);

    void Rename(string from, string to);

    void DeleteFolder(string path);
}
