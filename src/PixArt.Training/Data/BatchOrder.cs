namespace PixArt.Training.Data;

/// <summary>
/// Which samples make the batch of a pass: a pure function of (groups, batch size, seed, pass), so that a position in the data
/// is a number. A batch holds samples of one size. Every size has an endless sequence of its own, of shuffled epochs, that is cut
/// into batches; a batch that an epoch cannot fill is filled by the next. The batches of an epoch come in a random order.
/// </summary>
public sealed class BatchOrder
{
    readonly Bucket[] _buckets;
    readonly int _batchSize;
    readonly ulong _seed;

    /// <param name="groups">The samples; at least one group.</param>
    /// <param name="batchSize">Samples of a batch, 1 or more.</param>
    /// <param name="seed">The run's seed.</param>
    public BatchOrder(IReadOnlyList<SampleGroup> groups, int batchSize, ulong seed)
    {
        (_batchSize, _seed) = (batchSize, seed);
        _buckets = [.. groups.GroupBy(group => (group.Height, group.Width)).Select((bucket, i) => new Bucket([.. bucket], SeedOf(i)))];
    }

    /// <summary>The samples of a pass.</summary>
    /// <param name="pass">Number of passes before this one.</param>
    public SampleVisit[] this[long pass]
    {
        get
        {
            var (bucket, batch) = _buckets.Length == 1 ? (_buckets[0], pass) : Locate(pass);
            var samples = new SampleVisit[_batchSize];
            for (var i = 0; i < samples.Length; i++) samples[i] = bucket[(batch * _batchSize) + i];
            return samples;
        }
    }

    // The first size keeps the run's seed: data of one size are visited as if there were no sizes.
    ulong SeedOf(int bucket) => bucket == 0 ? _seed : SplitMix64.Mix(_seed + (ulong)bucket);

    (Bucket Bucket, long Batch) Locate(long pass)
    {
        var epoch = EpochOf(pass);
        var first = BatchesBefore(epoch);
        var shuffled = new SampleOrder(BatchesBefore(epoch + 1) - first, SplitMix64.Mix(~_seed ^ (ulong)epoch));
        var (left, _) = shuffled[pass - first];
        foreach (var bucket in _buckets)
        {
            var (before, after) = (bucket.Slots * epoch / _batchSize, bucket.Slots * (epoch + 1) / _batchSize);
            if (left < after - before) return (bucket, before + left);
            left -= after - before;
        }

        throw new InvalidOperationException($"pass {pass} lies beyond its epoch");
    }

    /// <summary>The last epoch that begins at or before a pass.</summary>
    long EpochOf(long pass)
    {
        var slots = _buckets.Sum(bucket => bucket.Slots);
        var (low, high) = (0L, ((pass + _buckets.Length + 1) * _batchSize / slots) + 2);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (BatchesBefore(middle) <= pass) low = middle;
            else high = middle;
        }

        return low;
    }

    long BatchesBefore(long epoch) => _buckets.Sum(bucket => bucket.Slots * epoch / _batchSize);

    /// <summary>The endless sequence of one size.</summary>
    sealed class Bucket
    {
        readonly SampleGroup[] _groups;
        readonly SampleOrder[] _orders;
        readonly long[] _slots;
        readonly SampleOrder _order;

        public Bucket(SampleGroup[] groups, ulong seed)
        {
            _groups = groups;
            _slots = [.. groups.Select(SlotsOf)];
            Slots = groups.Length == 1 ? _slots[0] : _slots.Sum();
            _order = new(Slots, seed);
            _orders = [.. groups.Select((group, i) => new SampleOrder(group.Count, SplitMix64.Mix(seed ^ (ulong)(i + 1))))];
        }

        /// <summary>Samples of an epoch.</summary>
        public long Slots { get; }

        public SampleVisit this[long position]
        {
            get
            {
                var (slot, epoch) = _order[position];
                if (_groups.Length == 1 && Slots == _groups[0].Count) return new(_groups[0][slot], epoch);
                var i = 0;
                for (; slot >= _slots[i]; i++) slot -= _slots[i];
                // The group goes through its own shuffled epochs, however many of its samples an epoch of the data takes.
                var (member, visit) = _orders[i][(epoch * _slots[i]) + slot];
                return new(_groups[i][member], visit);
            }
        }

        static long SlotsOf(SampleGroup group) =>
            group.Count == long.MaxValue ? long.MaxValue : Math.Max(1, (long)Math.Round(group.Count * group.Rate));
    }
}
