namespace PixArt.TestKit.Hub;

/// <summary>A small model with every kind of file: large and small, in folders, with a name outside of ASCII. What huggingface_hub's
/// cache looks like after it was downloaded is recorded in <c>tests/data/hub</c>.</summary>
public static class SampleRepository
{
    public const string Id = "someone/small-model";
    public const string Tag = "v1.0";
    public const string Request = "refs/pr/3";
    public const string Absent = "absent.txt";

    /// <summary>Puts the model on a hub, with a tag and the branch of a pull request beside main.</summary>
    public static FakeRepository AddTo(FakeHub hub)
    {
        var repository = hub.Add(Id)
            .Add("README.md", "---\nlicense: openrail++\n---\n# A small model\n")
            .Add("config.json", "{\"in_channels\": 4}\n")
            .Add("model.safetensors", Noise(3000, 1))
            .Add("sub/deeper/weights.bin", Noise(5000, 2))
            .Add("sub/notes.txt", "notes \"quoted\"\n")
            .Add("übersicht & mehr.txt", "")
            .Add("copy.bin", Noise(3000, 1));
        repository.Revisions[Tag] = repository.Revisions[Request] = repository.Commit;
        return repository;
    }

    /// <summary>Bytes that a seed decides.</summary>
    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
