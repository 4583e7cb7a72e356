using PixArt.TestKit.Hub;

namespace PixArt.Cli.Tests.Commands;

/// <summary>A fake hub that the environment names, with a cache that goes away. Tests of this project run one after another.</summary>
sealed class HubEnvironment : IDisposable
{
    static readonly string[] s_others = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_OFFLINE", "HF_HUB_OFFLINE"];

    readonly TemporaryFolder _folder = new();
    readonly Dictionary<string, string?> _before = new(StringComparer.Ordinal);

    public HubEnvironment()
    {
        foreach (var name in s_others) Set(name, null);
        Set("HF_HOME", _folder.Path);
        Set("HF_ENDPOINT", Hub.Endpoint);
        Set("HF_HUB_CACHE", Cache);
    }

    public FakeHub Hub { get; } = new();

    public string Cache => _folder["hub"];

    public void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
        Hub.Dispose();
        _folder.Dispose();
    }
}
