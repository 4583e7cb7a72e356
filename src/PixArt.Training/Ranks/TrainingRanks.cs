using System.Globalization;
using System.Text;
using PixArt.Torch;
using PixArt.Torch.Distributed;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Ranks;

/// <summary>The processes that train one model together, seen from one of them.</summary>
public sealed class TrainingRanks : IDisposable
{
    /// <summary>How long the processes may take to find each other.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>How long one may give no sign of life.</summary>
    static readonly TimeSpan s_silence = TimeSpan.FromSeconds(25);

    /// <summary>How long one may wait for another that is alive: rank 0 may be writing a checkpoint or pictures.</summary>
    static readonly TimeSpan s_slowest = TimeSpan.FromHours(2);

    readonly RankEnvironment? _place;
    readonly RankStore? _store;
    readonly RankLink? _link;
    readonly ProcessGroup? _words;
    ProcessGroup? _tensors;
    int _turns;

    TrainingRanks()
    {
    }

    TrainingRanks(RankEnvironment place, CancellationToken cancel)
    {
        _place = place;
        _store = new(place, s_patience);
        try
        {
            _link = new(place, _store, s_patience, s_silence, cancel);
            _words = new(_store, "words", place, Torch.Device.Cpu, s_slowest, _link.Lost);
        }
        catch
        {
            _link?.Dispose();
            _store.Dispose();
            throw;
        }
    }

    /// <summary>A process that trains by itself.</summary>
    public static TrainingRanks Alone { get; } = new();

    /// <summary>Number of this process, from 0.</summary>
    public int Rank => _place?.Rank ?? 0;

    /// <summary>Number of processes.</summary>
    public int World => _place?.World ?? 1;

    /// <summary>Whether this is the process that writes and tells.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Its part of every batch.</summary>
    public BatchShare Share => new(Rank, World);

    /// <summary>Cancelled when another process has failed or is gone; training then throws.</summary>
    public CancellationToken Lost => _link?.Lost ?? CancellationToken.None;

    /// <summary>What happened then, in plain words; null while all is well.</summary>
    public string? Cause => _link?.Cause;

    /// <summary>Whether what goes wrong here is told by rank 0, so that this process need not.</summary>
    public bool IsHeard => !IsFirst && _link is { HasFirst: true };

    /// <summary>Sums and copies tensors that live where the parameters do.</summary>
    internal ProcessGroup Tensors => _tensors ?? throw new InvalidOperationException("the ranks are not connected");

    /// <summary>Finds the other processes; waits up to five minutes for them.</summary>
    /// <param name="place">Which process this is.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="PixArtException">They were not found, or this build has no process groups.</exception>
    public static TrainingRanks Join(RankEnvironment place, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (!ProcessGroup.HasGloo)
            throw new PixArtException("this build has no process groups: its libtorch comes without c10d and Gloo, and trains in one process");
        try
        {
            return new(place, cancel);
        }
        catch (TorchException e)
        {
            throw new PixArtException($"rank {place.Rank} of {place.World} did not find the others: {e.Message}", e);
        }
    }

    /// <summary>Tells the others that this process cannot go on.</summary>
    /// <param name="message">Why, in one line.</param>
    public void Fail(string message) => _link?.Fail(message);

    /// <summary>Waits until it is known which process failed, where an error here is but its consequence.</summary>
    /// <returns>What happened, or null: nothing is known of another.</returns>
    public string? CauseElsewhere(Exception error)
    {
        if (_link is null) return null;
        // A broken connection is seen at once, and its reason a little later.
        if (error is TorchException) _link.Lost.WaitHandle.WaitOne(s_silence + TimeSpan.FromSeconds(5));
        return Cause;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_place is null) return;
        if (_tensors != _words) _tensors?.Dispose();
        _words!.Dispose();
        _link!.Dispose();
        _store!.Dispose();
    }

    /// <summary>Refuses a recipe that these processes cannot share.</summary>
    internal void Check(GradientRecipe recipe)
    {
        // Its loss weighs samples by what the rest of the batch holds.
        if (World > 1 && recipe is LayoutRecipe) throw new InvalidSettingException("kind", "layout", "a recipe that trains in many processes: this kind trains in one");
        if (recipe.BatchSize % World != 0)
            throw new InvalidSettingException("batchSize", recipe.BatchSize, $"a multiple of the {World} processes: each takes an equal part of every batch");
    }

    /// <summary>The device of this process: where a recipe says <c>cuda</c>, the one of its number on its machine.</summary>
    internal string DeviceOf(string device) =>
        _place is { LocalRank: > 0 and var local } && string.Equals(device, "cuda", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"cuda:{local}") : device;

    /// <summary>Connects what exchanges tensors.</summary>
    internal void Connect(Device device)
    {
        if (_place is null || _tensors is not null) return;
        if (!device.IsCuda)
        {
            _tensors = _words;
            return;
        }

        if (!ProcessGroup.HasNccl)
            throw new InvalidSettingException("device", device, "cpu with many processes: this build of native/ has no NCCL");
        _tensors = new(_store!, "tensors", _place, device, s_slowest, Lost);
    }

    /// <summary>Does something on rank 0 first, then on the others: what they share is then made once.</summary>
    /// <param name="action">What each does.</param>
    public void InTurn(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        InTurn(() =>
        {
            action();
            return true;
        });
    }

    /// <summary>The same, with a result.</summary>
    internal T InTurn<T>(Func<T> action)
    {
        if (_place is null) return action();
        var key = string.Create(CultureInfo.InvariantCulture, $"turn {_turns++}");
        if (!IsFirst)
        {
            _store!.Wait(key, Lost);
            return action();
        }

        var made = action();
        _store!.Set(key, "done");
        return made;
    }

    /// <summary>The sum of a number over all processes.</summary>
    internal double Sum(double value)
    {
        if (_words is null) return value;
        using var tensor = TensorScope.Release(Tensor.FromArray([value], 1));
        using (var work = _words.AllReduce(tensor)) work.Wait();
        return tensor.Item<double>();
    }

    /// <summary>Whether it is so on any process.</summary>
    internal bool Any(bool value) => Sum(value ? 1 : 0) > 0;

    /// <summary>Whether it is so on rank 0.</summary>
    internal bool First(bool value) => Sum(value && IsFirst ? 1 : 0) > 0;

    /// <summary>The text of rank 0.</summary>
    internal string First(string text) => Gather(IsFirst ? text : "")[0];

    /// <summary>The texts of all processes, in their order.</summary>
    internal string[] Gather(string text)
    {
        if (_words is null) return [text];
        using var scope = TensorScope.Begin();
        var own = Encoding.UTF8.GetBytes(text);
        var lengths = Gather(Tensor.FromArray([(long)own.Length], 1)).Select(length => length.Item<long>()).ToArray();
        var padded = new byte[Math.Max(1, lengths.Max())];
        own.CopyTo(padded, 0);
        return [.. Gather(Tensor.FromArray(padded, padded.Length)).Select((bytes, rank) => Encoding.UTF8.GetString(bytes.ToArray<byte>(), 0, (int)lengths[rank]))];
    }

    /// <summary>Copies a tensor on the CPU from one process to all.</summary>
    internal void Hand(Tensor tensor, int root)
    {
        using var work = _words!.Broadcast(tensor, root);
        work.Wait();
    }

    /// <summary>Gives every process the tensors of rank 0: what is drawn or computed may differ in its last bits between machines.</summary>
    internal void Equalize(IEnumerable<TrainedTensor> tensors)
    {
        if (_words is not null) new ParameterExchange(this).Hand([[.. tensors.Select(tensor => tensor.Value)]]);
    }

    /// <summary>Waits for all processes.</summary>
    internal void Meet() => Sum(0);

    Tensor[] Gather(Tensor own)
    {
        Tensor[] all = [.. Enumerable.Range(0, World).Select(_ => Tensor.Empty(own.Shape, own.DType))];
        using var work = _words!.AllGather(all, own);
        work.Wait();
        return all;
    }
}
