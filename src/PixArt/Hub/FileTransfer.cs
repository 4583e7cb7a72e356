using System.Buffers;
using System.Net;
using PixArt.Weights;

namespace PixArt.Hub;

/// <summary>Brings one file into the cache: under the lock of its content, from where an earlier run stopped, as often as the
/// connection breaks, and only if its checksum is the hub's.</summary>
sealed class FileTransfer(HubSettings settings, HubHttp http, HubApi api, HubCache cache, HubTally tally)
{
    const int Buffer = 1 << 20;
    const int FailuresInARow = 5;

    /// <summary>Makes a commit's file be there.</summary>
    /// <exception cref="HubException">It cannot be had.</exception>
    public async Task FetchAsync(HubId id, string commit, string name, HubFile file, CancellationToken cancellation)
    {
        using var guard = await cache.LockAsync(file.Etag, () => tally.Wait($"another process is downloading {name}"), cancellation).ConfigureAwait(false);
        // Another process, or another file of the same content, may have brought it in the meantime.
        var isNew = !File.Exists(cache.Blob(file.Etag)) && !HubCache.IsThere(cache.Pointer(commit, name));
        if (isNew) await DownloadAsync(api.FileAddress(id, commit, name), file, new HubProblem(settings, id, name), cancellation).ConfigureAwait(false);
        else tally.Add(file.Length);
        cache.Link(commit, name, file.Etag, isNew);
        tally.Finish();
    }

    async Task DownloadAsync(Uri address, HubFile file, HubProblem problem, CancellationToken cancellation)
    {
        var incomplete = cache.Incomplete(file.Etag);
        for (var round = 1; ; round++)
        {
            if (await ReceiveAsync(address, incomplete, file, problem, cancellation).ConfigureAwait(false)) break;
            // What an earlier run left may be damaged, and a network may damage: once more from the beginning.
            File.Delete(incomplete);
            tally.Add(-file.Length);
            if (round == 2) throw problem.Corrupt();
        }

        File.Move(incomplete, cache.Blob(file.Etag), overwrite: true);
        AtomicFile.FlushFolder(Path.GetDirectoryName(incomplete)!);
    }

    async Task<bool> ReceiveAsync(Uri address, string incomplete, HubFile file, HubProblem problem, CancellationToken cancellation)
    {
        using var hash = new ContentHash(file);
        var stream = new FileStream(incomplete, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0, FileOptions.Asynchronous);
        await using var _ = stream.ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            await ReadBackAsync(stream, file, hash, buffer, cancellation).ConfigureAwait(false);
            tally.Add(stream.Position);
            for (var failures = 0; stream.Position < file.Length;)
            {
                var before = stream.Position;
                using var answer = await http.GetAsync(address, before, problem, tally.Wait, patient: true, cancellation).ConfigureAwait(false);
                if (before > 0 && !Continues(answer, before, file)) Restart(stream, hash);
                var cut = answer.IsSuccessStatusCode ? await CopyAsync(answer, stream, file, hash, buffer, cancellation).ConfigureAwait(false) : null;
                if (stream.Position == file.Length) break;
                failures = stream.Position > before ? 1 : failures + 1;
                if (failures > FailuresInARow) throw problem.Silence(cut ?? new IOException("the connection closes too early"));
                var pause = HubHttp.PauseAfter(failures);
                tally.Wait($"the connection broke off, next try in {pause.TotalSeconds:0} s");
                await settings.Pause(pause, cancellation).ConfigureAwait(false);
            }

            stream.Flush(flushToDisk: true);
            return hash.Matches();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // What an earlier run left counts into the checksum. Longer than the file, it is of something else.
    static async Task ReadBackAsync(FileStream stream, HubFile file, ContentHash hash, byte[] buffer, CancellationToken cancellation)
    {
        if (stream.Length > file.Length) stream.SetLength(0);
        while (stream.Position < stream.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, Buffer), cancellation).ConfigureAwait(false);
            if (read == 0) break;
            hash.Add(buffer.AsSpan(0, read));
        }
    }

    void Restart(FileStream stream, ContentHash hash)
    {
        tally.Add(-stream.Position);
        stream.SetLength(0);
        stream.Position = 0;
        hash.Restart();
    }

    static bool Continues(HttpResponseMessage answer, long from, HubFile file) =>
        answer.StatusCode == HttpStatusCode.PartialContent && answer.Content.Headers.ContentRange is { } range
        && range.From == from && (range.Length is null || range.Length == file.Length);

    // Returns why the connection broke, if it did. Failures of the disk are not its business: they go on to the caller.
    async Task<Exception?> CopyAsync(HttpResponseMessage answer, FileStream stream, HubFile file, ContentHash hash, byte[] buffer, CancellationToken cancellation)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        while (stream.Position < file.Length)
        {
            int read;
            try
            {
                stall.CancelAfter(settings.StallTimeout);
                var body = await answer.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
                var room = (int)Math.Min(Buffer, file.Length - stream.Position);
                read = await body.ReadAsync(buffer.AsMemory(0, room), stall.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (HubHttp.IsSilence(e, cancellation))
            {
                return e;
            }

            if (read == 0) return null;
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
            hash.Add(buffer.AsSpan(0, read));
            tally.Add(read);
        }

        return null;
    }
}
