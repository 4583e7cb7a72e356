using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PixArt.TestKit.Hub;

/// <summary>The hub's addresses, and what it answers to whom.</summary>
sealed class FakeRoutes(FakeHub hub)
{
    public FakeAnswer Answer(FakeRequest request)
    {
        if (request.IsCdn) return Content(request);
        var path = request.Path.Split('?')[0].Trim('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        return path switch
        {
            ["api", "models", var owner, var name, "revision", var revision] => Open(request, owner, name, (repository) => Model(repository, revision)),
            ["api", "models", var owner, var name, "tree", var revision] => Open(request, owner, name, (repository) => Tree(request, repository, revision)),
            ["api", "resolve-cache", "models", var owner, var name, _, .. var file] => Open(request, owner, name, repository => Small(request, repository, string.Join('/', file))),
            [var owner, var name, "resolve", var revision, .. var file] => Open(request, owner, name, (repository) => Resolve(request, repository, revision, string.Join('/', file))),
            _ => FakeAnswer.Error(404, "NotFound"),
        };
    }

    FakeAnswer Open(FakeRequest request, string owner, string name, Func<FakeRepository, FakeAnswer> answer)
    {
        var known = request.Authorization == $"Bearer {hub.Token}";
        if (request.Authorization is not null && !known) return FakeAnswer.Error(401, message: "Invalid credentials in Authorization header");
        var id = $"{owner}/{name}";
        if (!hub.Repositories.TryGetValue(id, out var repository) || (repository.Private && !known))
            return known ? FakeAnswer.Error(404, "RepoNotFound", "Repository not found") : FakeAnswer.Error(401, message: "Invalid username or password.");
        return repository.MovedTo is { } moved
            ? new FakeAnswer(307, []) { Headers = [("Location", request.Path.Replace(id, moved, StringComparison.Ordinal))] } : answer(repository);
    }

    static FakeAnswer Model(FakeRepository repository, string revision)
    {
        if (repository.Resolve(revision) is not { } commit) return NoRevision(revision);
        var model = new JsonObject
        {
            ["id"] = repository.Id,
            ["sha"] = commit,
            ["siblings"] = new JsonArray([.. repository.Files.Keys.Select(path => new JsonObject { ["rfilename"] = path })]),
            ["cardData"] = new JsonObject { ["license"] = repository.License },
        };
        return Json(model);
    }

    FakeAnswer Tree(FakeRequest request, FakeRepository repository, string revision)
    {
        if (repository.Resolve(revision) is null) return NoRevision(revision);
        var from = int.Parse(request.Path.Split("cursor=") is [_, var cursor] ? cursor : "0", CultureInfo.InvariantCulture);
        var page = repository.Files.Skip(from).Take(hub.PageSize).Select(file =>
        {
            var entry = new JsonObject { ["type"] = "file", ["oid"] = repository.BlobId(file.Key), ["size"] = file.Value.Length, ["path"] = file.Key };
            if (repository.IsLarge(file.Key))
                entry["lfs"] = new JsonObject { ["oid"] = repository.Sha256(file.Key), ["size"] = file.Value.Length, ["pointerSize"] = 134 };
            return (JsonNode)entry;
        });
        var folders = repository.Files.Keys.Where(path => path.Contains('/', StringComparison.Ordinal)).Select(path => path.Split('/')[0]).Distinct(StringComparer.Ordinal)
            .Select(path => (JsonNode)new JsonObject { ["type"] = "directory", ["oid"] = new string('0', 40), ["size"] = 0, ["path"] = path });
        var answer = Json(new JsonArray([.. from == 0 ? folders : [], .. page]));
        var next = from + hub.PageSize;
        return next >= repository.Files.Count ? answer : answer with
        {
            Headers = [.. answer.Headers, ("Link", $"<{hub.Endpoint}{request.Path.Split("&cursor=")[0]}&cursor={next.ToString(CultureInfo.InvariantCulture)}>; rel=\"next\"")],
        };
    }

    FakeAnswer Resolve(FakeRequest request, FakeRepository repository, string revision, string file)
    {
        if (repository.Resolve(revision) is not { } commit) return NoRevision(revision);
        var about = ("X-Repo-Commit", commit);
        if (!repository.Files.ContainsKey(file)) return FakeAnswer.Error(404, "EntryNotFound", "Entry not found", about);
        if (repository.Gated && !(request.Authorization is not null && hub.Accepted))
            return FakeAnswer.Error(request.Authorization is null ? 401 : 403, "GatedRepo", "Access to this model is restricted");
        var etag = $"\"{repository.Etag(file)}\"";
        return new FakeAnswer(repository.IsLarge(file) ? 302 : 307, [])
        {
            Headers = repository.IsLarge(file)
                ? [about, ("X-Linked-Etag", etag), ("X-Linked-Size", repository.Files[file].Length.ToString(CultureInfo.InvariantCulture)),
                    ("Location", $"{hub.Cdn}/{repository.Sha256(file)}?Signature=signed")]
                : [about, ("Location", $"/api/resolve-cache/models/{repository.Id}/{commit}/{Uri.EscapeDataString(file)}")],
        };
    }

    static FakeAnswer Small(FakeRequest request, FakeRepository repository, string file) => Ranged(request, repository.Files[file]) is var answer
        ? answer with { Headers = [.. answer.Headers, ("ETag", $"\"{repository.Etag(file)}\""), ("X-Repo-Commit", repository.Commit)] } : answer;

    // A signed address with a token beside the signature is refused, as object stores do.
    FakeAnswer Content(FakeRequest request)
    {
        if (request.Authorization is not null) return FakeAnswer.Error(400, message: "Only one auth mechanism allowed");
        var sha = request.Path.Split('?')[0].Trim('/');
        var content = hub.Repositories.Values.SelectMany(r => r.Files.Keys.Where(r.IsLarge).Select(path => (Hash: r.Sha256(path), Bytes: r.Files[path])))
            .FirstOrDefault(file => file.Hash == sha).Bytes;
        return content is null ? FakeAnswer.Error(404) : Ranged(request, content);
    }

    static FakeAnswer Ranged(FakeRequest request, byte[] content)
    {
        if (request.From == 0) return new FakeAnswer(200, content);
        return request.From >= content.Length
            ? FakeAnswer.Error(416, headers: ("Content-Range", $"bytes */{content.Length.ToString(CultureInfo.InvariantCulture)}"))
            : new FakeAnswer(206, content[(int)request.From..])
            {
                Headers = [("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {request.From}-{content.Length - 1}/{content.Length}"))],
            };
    }

    static FakeAnswer NoRevision(string revision) => FakeAnswer.Error(404, "RevisionNotFound", $"Invalid rev id: {revision}");

    static FakeAnswer Json(JsonNode body) => new(200, JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = [("Content-Type", "application/json; charset=utf-8")] };
}
