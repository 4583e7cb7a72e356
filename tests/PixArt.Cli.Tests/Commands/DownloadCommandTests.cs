using System.Diagnostics;
using System.Text;
using PixArt.TestKit.Hub;

namespace PixArt.Cli.Tests.Commands;

public sealed class DownloadCommandTests : IDisposable
{
    readonly HubEnvironment _environment = new();
    readonly Captured _captured = new();

    public void Dispose() => _environment.Dispose();

    FakeHub Hub => _environment.Hub;

    Task<int> RunAsync(params string[] args) => Shell.RunAsync(args, _captured.Terminal, CancellationToken.None);

    [Fact]
    public async Task A_model_is_downloaded_its_folder_printed_and_its_licence_told()
    {
        var repository = Hub.Add("someone/tiny").AddFolder(TinyModel.Original);
        Assert.Equal(0, await RunAsync("download", "someone/tiny"));
        var folder = Path.Combine(_environment.Cache, "models--someone--tiny", "snapshots", repository.Commit);
        Assert.Equal(folder + "\n", _captured.Out);
        Assert.Equal(repository.Files["model_index.json"], File.ReadAllBytes(Path.Combine(folder, "model_index.json")));
        Assert.Contains($"licence, as the model's card states it: openrail++ ({Hub.Endpoint}/someone/tiny)\n", _captured.Error, StringComparison.Ordinal);
        Assert.Contains("downloading 0 B of ", _captured.Error, StringComparison.Ordinal);
        Assert.Contains(", done in ", _captured.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Named_files_of_a_revision_are_printed_one_by_one()
    {
        SampleRepository.AddTo(Hub);
        Assert.Equal(0, await RunAsync("download", SampleRepository.Id, "*.bin", "config.json", "--revision", SampleRepository.Tag));
        string[] names = [.. _captured.Out.TrimEnd('\n').Split('\n').Select(path => Path.GetFileName(path))];
        Assert.Equal(["config.json", "copy.bin", "weights.bin"], names, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("hub id is 'nowhere', expected owner/name", "nowhere")]
    [InlineData("revision is '../x'", "a/b", "--revision", "../x")]
    [InlineData("has no model some/thing that is open to all: check the spelling", "some/thing")]
    [InlineData("has no revision 'v9'", SampleRepository.Id, "--revision", "v9")]
    [InlineData("has no file 'x.bin'; it has README.md", SampleRepository.Id, "x.bin")]
    public async Task What_cannot_be_had_is_one_line(string says, params string[] args)
    {
        SampleRepository.AddTo(Hub);
        Assert.Equal(2, await RunAsync(["download", .. args]));
        Assert.Equal("", _captured.Out);
        Assert.Contains(says, Assert.Single(_captured.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_processes_at_once_make_one_copy()
    {
        const int length = 20_000_000;
        var repository = Hub.Add("someone/large").Add("model.safetensors", SampleRepository.Noise(length, 5));
        // The first is broken off now and then, and gets nothing before the other waits for it.
        const string waits = "another process is downloading model.safetensors";
        var bothAreAtIt = new TaskCompletionSource();
        var requests = 0;
        Hub.Fault = (request, answer) =>
        {
            if (!request.IsCdn) return answer;
            bothAreAtIt.Task.Wait();
            return Interlocked.Increment(ref requests) <= 3 ? answer with { CutAfter = answer.Body.Length / 4 } : answer;
        };
        using var first = Start();
        using var second = Start();
        var errors = Task.WhenAll(ErrorsAsync(first), ErrorsAsync(second));
        var outputs = await Task.WhenAll(first.StandardOutput.ReadToEndAsync(), second.StandardOutput.ReadToEndAsync());
        await Task.WhenAll(first.WaitForExitAsync(), second.WaitForExitAsync());
        Assert.True((first.ExitCode, second.ExitCode) == (0, 0), string.Concat(await errors));
        Assert.Equal(outputs[0], outputs[1]);
        Assert.True(repository.Files["model.safetensors"].AsSpan().SequenceEqual(File.ReadAllBytes(outputs[0].TrimEnd('\n'))));
        Assert.Equal(length, Hub.BytesSent);
        Assert.Single(Directory.GetFiles(Path.Combine(_environment.Cache, "models--someone--large", "blobs")));
        Assert.Contains(waits, string.Concat(await errors), StringComparison.Ordinal);

        async Task<string> ErrorsAsync(Process process)
        {
            var told = new StringBuilder();
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                told.AppendLine(line);
                if (line.Contains(waits, StringComparison.Ordinal)) bothAreAtIt.TrySetResult();
            }

            // One that ends has waited for nobody: let the other go on.
            bothAreAtIt.TrySetResult();
            return told.ToString();
        }

        static Process Start() => Process.Start(new ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, "download", "someone/large", "model.safetensors"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    [Fact]
    public async Task A_picture_is_made_from_an_id_and_made_again_offline()
    {
        using var pictures = new TemporaryFolder();
        var repository = Hub.Add("someone/tiny").AddFolder(TinyModel.Original);
        Assert.Equal(0, await RunAsync("generate", "a fox", "--steps", "2", "--seed", "3", "--model", TinyModel.Original, "--output", pictures["folder.png"]));
        Assert.Equal(0, await RunAsync("generate", "a fox", "--steps", "2", "--seed", "3", "--model", "someone/tiny", "--output", pictures["hub.png"]));
        Assert.Equal(Imaging.Image.Load(pictures["folder.png"]).Pixels, Imaging.Image.Load(pictures["hub.png"]).Pixels);
        repository.Add("model_index.json", "{}");
        _environment.Set("HF_HUB_OFFLINE", "1");
        Hub.Requests.Clear();
        Assert.Equal(0, await RunAsync("generate", "--from", pictures["hub.png"], "--output", pictures["again.png"]));
        Assert.Equal(File.ReadAllBytes(pictures["hub.png"]), File.ReadAllBytes(pictures["again.png"]));
        Assert.Empty(Hub.Requests);
    }

    [Fact]
    public async Task A_bad_request_is_told_before_weights_are_downloaded()
    {
        Hub.Add("someone/tiny").AddFolder(TinyModel.Original);
        Assert.Equal(2, await RunAsync("generate", "a fox", "--model", "someone/tiny", "--scheduler", "nonsense", "--output", "x.png"));
        Assert.Contains("'nonsense'", _captured.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Hub.Requests, request => request.Path.Contains(".safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_can_be_inspected()
    {
        Hub.Add("someone/tiny").AddFolder(TinyModel.Original);
        Assert.Equal(0, await RunAsync("inspect", TinyModel.Original));
        var expected = _captured.Out;
        Assert.Equal(0, await RunAsync("inspect", "someone/tiny"));
        Assert.Equal(expected + expected, _captured.Out);
    }
}
