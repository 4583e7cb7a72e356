using System.Text.Json;

namespace PixArt.Hub;

/// <summary>The hub's questions and addresses.</summary>
sealed class HubApi(HubSettings settings, HubHttp http)
{
    const int LargestAnswer = 64 << 20;
    const int MostPages = 1000;

    /// <summary>The commit of a revision, and the licence that the model's card states.</summary>
    public async Task<(string Commit, string? License)> CommitAsync(HubId id, bool patient, Action<string> waits, CancellationToken cancellation)
    {
        var problem = new HubProblem(settings, id);
        var (answer, _) = await JsonAsync(Address($"api/models/{id.Repository}/revision/{Escaped(id.Revision)}"), problem, waits, patient, cancellation).ConfigureAwait(false);
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("sha", out var sha) && sha.ValueKind == JsonValueKind.String
            && sha.GetString() is { } commit && HubId.IsCommit(commit))
            return (commit, LicenseOf(answer));
        throw problem.Nonsense("it names no commit");
    }

    /// <summary>All files of a commit.</summary>
    public async Task<SortedDictionary<string, HubFile>> TreeAsync(HubId id, string commit, Action<string> waits, CancellationToken cancellation)
    {
        var problem = new HubProblem(settings, id);
        var files = HubTree.New();
        Uri? page = Address($"api/models/{id.Repository}/tree/{commit}?recursive=true&expand=false");
        for (var pages = 0; page is not null; pages++)
        {
            if (pages == MostPages) throw problem.Nonsense("a listing without an end");
            (var answer, page) = await JsonAsync(page, problem, waits, patient: true, cancellation).ConfigureAwait(false);
            try
            {
                HubTree.Add(files, answer);
            }
            catch (FormatException e)
            {
                throw problem.Nonsense(e.Message, e);
            }
        }

        return files;
    }

    /// <summary>Where a file of a commit is.</summary>
    public Uri FileAddress(HubId id, string commit, string file) =>
        Address($"{id.Repository}/resolve/{commit}/{string.Join('/', file.Split('/').Select(Escaped))}");

    async Task<(JsonElement Answer, Uri? Next)> JsonAsync(Uri address, HubProblem problem, Action<string> waits, bool patient, CancellationToken cancellation)
    {
        using var answer = await http.GetAsync(address, 0, problem, waits, patient, cancellation).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.StallTimeout * 6);
        try
        {
            await answer.Content.LoadIntoBufferAsync(LargestAnswer, limit.Token).ConfigureAwait(false);
            using var document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false));
            return (document.RootElement.Clone(), Next(answer));
        }
        catch (JsonException e)
        {
            throw problem.Nonsense("it is not JSON", e);
        }
        catch (Exception e) when (HubHttp.IsSilence(e, cancellation))
        {
            throw problem.Silence(e);
        }
    }

    // Link: <https://…?cursor=…>; rel="next". A mirror may name the hub that it mirrors: the next page is asked of the mirror.
    Uri? Next(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues("Link", out var links)) return null;
        foreach (var link in links.SelectMany(l => l.Split(',')))
        {
            var parts = link.Split(';', StringSplitOptions.TrimEntries);
            if (parts.Length > 1 && parts[0] is ['<', .. var target, '>'] && parts.Skip(1).Contains("rel=\"next\"", StringComparer.OrdinalIgnoreCase)
                && Uri.TryCreate(settings.Endpoint, target, out var next))
                return new Uri(settings.Endpoint, next.PathAndQuery);
        }

        return null;
    }

    // The card's header; older answers say it in a tag alone.
    static string? LicenseOf(JsonElement model)
    {
        if (model.TryGetProperty("cardData", out var card) && card.ValueKind == JsonValueKind.Object
            && card.TryGetProperty("license", out var license) && license.ValueKind == JsonValueKind.String)
            return license.GetString();
        const string mark = "license:";
        if (!model.TryGetProperty("tags", out var tags) || tags.ValueKind != JsonValueKind.Array) return null;
        return tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!)
            .FirstOrDefault(tag => tag.StartsWith(mark, StringComparison.Ordinal))?[mark.Length..];
    }

    Uri Address(string path) => new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    static string Escaped(string text) => Uri.EscapeDataString(text);
}
