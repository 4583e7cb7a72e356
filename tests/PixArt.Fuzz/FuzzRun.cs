using System.Diagnostics;
using System.Globalization;
using PixArt.Weights;

namespace PixArt.Fuzz;

/// <summary>Feeds damaged files to a reader and holds it to its promises: only typed errors with a message of one line; no allocation
/// beyond 64 MB and the input's length; a second at most.</summary>
/// <param name="reader">The reader.</param>
/// <param name="save">Folder for inputs that broke a promise; null: they are not saved.</param>
/// <param name="isAlone">Nothing else runs in this process, so that what it takes of the system's memory is the reader's; else only managed memory counts.</param>
sealed class FuzzRun(Reader reader, string? save, bool isAlone = true)
{
    const long Allowance = 64 << 20;
    const int MaxFailures = 10;

    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    // An input that never ends: there is no way to stop a thread, so the process tells and ends.
    static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    readonly List<FuzzFailure> _failures = [];
    long _started, _peak;
    FuzzFailure? _current;

    /// <summary>Runs.</summary>
    /// <param name="first">Number of the first input.</param>
    /// <param name="count">Inputs to try.</param>
    /// <param name="seconds">Ends it earlier.</param>
    /// <param name="cancellation">Ends it with what it has.</param>
    public FuzzReport Run(long first, long count, double seconds = double.PositiveInfinity, CancellationToken cancellation = default)
    {
        var refused = new Dictionary<string, long>(StringComparer.Ordinal);
        var (inputs, read, largest, slowest) = (0L, 0L, 0L, TimeSpan.Zero);
        // Whole files first: they must be read, and libraries and code that load now are nobody's allocation.
        foreach (var (_, bytes) in reader.Seeds) reader.Read(bytes);
        _peak = ResidentMemory.Read().Peak;
        var clock = Stopwatch.StartNew();
        using var watchdog = new Timer(_ => EndHang(), null, s_hang, TimeSpan.FromSeconds(5));
        for (var number = first; inputs < count && clock.Elapsed.TotalSeconds < seconds && _failures.Count < MaxFailures && !cancellation.IsCancellationRequested; number++)
        {
            var (seed, input) = Input(number);
            inputs++;
            Volatile.Write(ref _current, new FuzzFailure(number, seed, "does not end", input));
            var (kind, broken, allocated, took) = Try(input);
            // On a busy machine a quick input may wait for its turn: only what is slow every time is slow.
            for (var again = 0; took > s_longest && again < 4; again++) took = Try(input).Took;
            (largest, slowest) = (Math.Max(largest, allocated), took > slowest ? took : slowest);
            if (took > s_longest) broken ??= string.Create(CultureInfo.InvariantCulture, $"took {took.TotalSeconds:0.0} s");
            if (allocated > Allowance) broken ??= string.Create(CultureInfo.InvariantCulture, $"allocated {allocated} bytes beyond the input's {input.Length}");
            if (broken is not null) Fail(_current with { What = broken });
            else if (kind is null) read++;
            else refused[kind] = refused.GetValueOrDefault(kind) + 1;
        }

        Volatile.Write(ref _started, 0);
        return new()
        {
            Reader = reader.Name,
            Inputs = inputs,
            Read = read,
            Refused = refused,
            LargestAllocation = largest,
            Slowest = slowest,
            Elapsed = clock.Elapsed,
            Failures = _failures,
        };
    }

    (string Seed, byte[] Bytes) Input(long number)
    {
        var random = new Random(HashCode(number));
        var (name, bytes) = reader.Seeds[random.Next(reader.Seeds.Count)];
        return (name, reader.Damage(bytes, reader.Seeds[random.Next(reader.Seeds.Count)].Bytes, random));
    }

    // Kind of the refusal (null: it was read), broken promise, bytes allocated, time.
    (string? Kind, string? Broken, long Allocated, TimeSpan Took) Try(byte[] input)
    {
        string? kind = null, broken = null;
        var (resident, _) = ResidentMemory.Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _started, start);
        try
        {
            reader.Read(input);
        }
        catch (PixArtException e)
        {
            kind = (e as WeightsException)?.Kind.ToString() ?? e.GetType().Name;
            if (e.Message.Any(char.IsControl)) broken = $"a message of more than one line: {e}";
        }
        catch (Exception e)
        {
            broken = e.ToString();
        }

        var took = Stopwatch.GetElapsedTime(start);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // What native libraries take shows in the process alone, and only where it is more than ever before.
        var (_, peak) = ResidentMemory.Read();
        var grown = isAlone && peak > _peak ? peak - resident : 0;
        _peak = Math.Max(_peak, peak);
        return (kind, broken, Math.Max(allocated, grown) - input.Length, took);
    }

    void Fail(FuzzFailure failure)
    {
        _failures.Add(failure);
        if (save is null) return;
        Directory.CreateDirectory(save);
        File.WriteAllBytes(Path.Combine(save, string.Create(CultureInfo.InvariantCulture, $"{reader.Name}-{failure.Number}.bin")), failure.Input);
    }

    void EndHang()
    {
        if (Volatile.Read(ref _started) is not (> 0 and var started) || Stopwatch.GetElapsedTime(started) < s_hang) return;
        var failure = Volatile.Read(ref _current)!;
        Fail(failure);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{reader.Name}: input {failure.Number} of {failure.Seed} does not end"));
        Environment.Exit(3);
    }

    // Neighbouring numbers must not give neighbouring random streams; the same on every machine and run.
    static int HashCode(long number)
    {
        var z = (ulong)number + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        return (int)((z ^ (z >> 27)) * 0x94D049BB133111EB >> 33);
    }
}
