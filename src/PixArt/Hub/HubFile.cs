namespace PixArt.Hub;

/// <summary>A file of a repository, as the hub lists it.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="BlobId">SHA-1 that git gives to the content, or to the pointer that stands for a large file.</param>
/// <param name="LfsSha256">SHA-256 of a large file's content; null for a small file.</param>
/// <param name="LfsSize">Bytes of a large file.</param>
/// <param name="XetHash">What the chunk store calls a large file; null where it has none.</param>
sealed record HubFile(long Size, string BlobId, string? LfsSha256, long? LfsSize, string? XetHash)
{
    /// <summary>What the hub calls the content in its <c>ETag</c>, and the cache in its blobs.</summary>
    public string Etag => LfsSha256 ?? BlobId;

    /// <summary>Bytes of the content.</summary>
    public long Length => LfsSize ?? Size;
}
