using PixArt.Hub;
using PixArt.TestKit.Hub;

namespace PixArt.Tests.Hub;

public sealed class HubDownloadTests : IDisposable
{
    const string Id = "someone/large";
    const string File = "model.safetensors";
    const int Length = 3_000_000;

    readonly HubRig _rig = new();
    readonly FakeRepository _repository;

    public HubDownloadTests() => _repository = _rig.Hub.Add(Id).Add(File, SampleRepository.Noise(Length, 7));

    public void Dispose() => _rig.Dispose();

    string Incomplete => Path.Combine(_rig.Cache, "models--someone--large", "blobs", _repository.Etag(File) + ".incomplete");

    void Fault(Func<FakeRequest, FakeAnswer, FakeAnswer> change) =>
        _rig.Hub.Fault = (request, answer) => request.IsCdn ? change(request, answer) : answer;

    async Task AssertWholeAsync()
    {
        var snapshot = await _rig.DownloadAsync(Id, HubRig.Everything);
        HubRig.AssertSame(_repository, snapshot);
        Assert.Equal(Length, snapshot.Bytes);
        Assert.False(System.IO.File.Exists(Incomplete));
    }

    [Fact]
    public async Task Cut_at_random_bytes_fifty_times_the_file_ends_right()
    {
        var random = new Random(11);
        var cuts = 0;
        Fault((_, answer) =>
        {
            if (cuts == 50) return answer;
            cuts++;
            return answer with { CutAfter = random.NextInt64(answer.Body.Length / 12) };
        });
        await AssertWholeAsync();
        Assert.Equal(50, cuts);
        // Every byte came once: each time the download went on where the connection had broken.
        Assert.Equal(Length, _rig.Hub.BytesSent);
    }

    [Fact]
    public async Task Interrupted_in_thirty_runs_the_file_ends_right()
    {
        var random = new Random(12);
        for (var run = 0; run < 30; run++)
        {
            using var stop = new CancellationTokenSource();
            var until = random.NextInt64((run + 1) * Length / 40);
            Fault((_, answer) => answer with { CutAfter = 1 + random.NextInt64(answer.Body.Length / 10), Stalls = true });
            // Stopped where the connection stalls, or before; on a busy machine the first bytes may take a while.
            long? had = null;
            var download = _rig.DownloadAsync(Id, HubRig.Everything, new Watch(p =>
            {
                had ??= p.Bytes;
                if (p.Bytes >= until) stop.Cancel();
                else if (p.Bytes > had) stop.CancelAfter(TimeSpan.FromMilliseconds(100));
            }), stop.Token);
            stop.CancelAfter(TimeSpan.FromSeconds(3));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        }

        _rig.Hub.Fault = null;
        await AssertWholeAsync();
        long[] begun = [.. _rig.Requests().Where(r => r.IsCdn).Select(r => r.From)];
        Assert.Equal(begun.Order(), begun);
        Assert.InRange(begun[^1], 1, Length - 1);
    }

    [Fact]
    public async Task What_Python_left_incomplete_is_gone_on_with()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        System.IO.File.WriteAllBytes(Incomplete, _repository.Files[File][..1_234_567]);
        await AssertWholeAsync();
        Assert.Equal(Length - 1_234_567, _rig.Hub.BytesSent);
    }

    [Theory]
    [InlineData(1000, false)] // Damaged bytes of an earlier run.
    [InlineData(Length, false)] // As long as the file, but not the file.
    [InlineData(Length + 1, false)] // Longer than the file.
    [InlineData(Length, true)] // The whole file: the run stopped before its renaming.
    public async Task Whatever_an_earlier_run_left_the_file_ends_right(int left, bool right)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        System.IO.File.WriteAllBytes(Incomplete, right ? _repository.Files[File] : new byte[left]);
        await AssertWholeAsync();
        if (right) Assert.Equal(0, _rig.Hub.BytesSent);
    }

    [Fact]
    public async Task A_server_without_ranges_sends_all_again()
    {
        Fault((request, answer) => request.From == 0 ? answer with { CutAfter = 1_000_000 } : new FakeAnswer(200, _repository.Files[File]));
        await AssertWholeAsync();
    }

    [Fact]
    public async Task A_download_that_stands_still_is_taken_up_anew()
    {
        _rig.Settings = _rig.Settings with { StallTimeout = TimeSpan.FromMilliseconds(200) };
        var first = true;
        Fault((_, answer) =>
        {
            var now = first ? answer with { CutAfter = 2_000_000, Stalls = true } : answer;
            first = false;
            return now;
        });
        await AssertWholeAsync();
        Assert.Equal(Length, _rig.Hub.BytesSent);
    }

    [Fact]
    public async Task A_file_that_arrives_damaged_is_fetched_once_more()
    {
        var first = true;
        Fault((_, answer) =>
        {
            var now = first ? answer with { Body = [1, .. answer.Body[1..]] } : answer;
            first = false;
            return now;
        });
        await AssertWholeAsync();
        Assert.Equal(2 * Length, _rig.Hub.BytesSent);
    }

    [Theory]
    [InlineData(File)]
    [InlineData("config.json")]
    public async Task A_file_that_arrives_damaged_twice_is_told_and_not_kept(string file)
    {
        _repository.Add("config.json", "{}");
        _rig.Hub.Fault = (request, answer) => answer.Body.Length > 0 && !request.Path.StartsWith("/api/models/", StringComparison.Ordinal)
            ? answer with { Body = [(byte)(answer.Body[0] ^ 1), .. answer.Body[1..]] } : answer;
        var error = await _rig.FailsAsync(HubErrorKind.Damaged, Id, new() { Files = [file] });
        Assert.Equal(
            $"{file} of {Id} arrived damaged twice: its checksum is not the hub's; nothing of it was kept; try again, or another network", error.Message);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Incomplete)!));
    }

    [Fact]
    public async Task A_connection_that_never_holds_is_told_and_what_arrived_is_kept()
    {
        var first = true;
        Fault((_, answer) =>
        {
            var now = answer with { CutAfter = first ? 1_000_000 : 0 };
            first = false;
            return now;
        });
        var error = await _rig.FailsAsync(HubErrorKind.Unreachable, Id, HubRig.Everything);
        Assert.Contains("what has arrived is kept", error.Message, StringComparison.Ordinal);
        Assert.Equal(1_000_000, new FileInfo(Incomplete).Length);
        Assert.Equal([1, 2, 4, 8, 8], _rig.Pauses.Select(p => p.TotalSeconds));
    }

    [Fact]
    public async Task The_token_stays_with_the_hub()
    {
        _rig.Settings = _rig.Settings with { Token = _rig.Hub.Token };
        _repository.Private = true;
        await AssertWholeAsync();
        var requests = _rig.Requests();
        Assert.All(requests.Where(r => !r.IsCdn), r => Assert.Equal($"Bearer {_rig.Hub.Token}", r.Authorization));
        Assert.Null(Assert.Single(requests, r => r.IsCdn).Authorization);
    }

    [Fact]
    public async Task A_model_that_moved_is_followed_with_the_token()
    {
        _repository.Private = true;
        _rig.Hub.Add("someone/old").MovedTo = Id;
        _rig.Settings = _rig.Settings with { Token = _rig.Hub.Token };
        var snapshot = await _rig.DownloadAsync("someone/old", HubRig.Everything);
        HubRig.AssertSame(_repository, snapshot);
        Assert.Contains("models--someone--old", snapshot.Folder, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_listing_comes_in_pages()
    {
        for (var i = 0; i < 25; i++) _repository.Add($"file{i:00}.txt", $"{i}");
        _rig.Hub.PageSize = 4;
        var snapshot = await _rig.DownloadAsync(Id, HubRig.Everything);
        Assert.Equal(26, snapshot.Files.Count);
        HubRig.AssertSame(_repository, snapshot);
        Assert.Equal(7, _rig.Requests().Count(r => r.Path.Contains("/tree/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Progress_counts_bytes_up_to_their_number()
    {
        for (var i = 0; i < 10; i++) _repository.Add($"part{i}.bin", SampleRepository.Noise(100_000, i));
        var reports = new List<HubProgress>();
        await _rig.DownloadAsync(Id, HubRig.Everything, new Watch(reports.Add));
        Assert.Equal(new HubProgress(Length + 1_000_000, Length + 1_000_000, 11, 11), reports[^1]);
        Assert.All(reports.Zip(reports.Skip(1)), pair => Assert.True(pair.First.Bytes <= pair.Second.Bytes));
    }

    [Fact]
    public async Task Two_clients_at_once_make_one_copy()
    {
        var both = await Task.WhenAll(_rig.DownloadAsync(Id, HubRig.Everything), _rig.DownloadAsync(Id, HubRig.Everything));
        Assert.Equal(both[0].Folder, both[1].Folder);
        HubRig.AssertSame(_repository, both[0]);
        Assert.Equal(Length, _rig.Hub.BytesSent);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Incomplete)!));
    }

    [Fact]
    public async Task A_signed_address_that_ran_out_is_asked_for_anew()
    {
        var first = true;
        Fault((_, answer) =>
        {
            var now = first ? FakeAnswer.Error(403, message: "Request has expired") : answer;
            first = false;
            return now;
        });
        await AssertWholeAsync();
        Assert.Equal(2, _rig.Requests().Count(r => !r.IsCdn && r.Path.Contains("/resolve/", StringComparison.Ordinal)));
    }

    sealed class Watch(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
