namespace PixArt.Pipelines;

/// <summary>A part of a pipeline that is loaded in the background when first wanted, and again after it was released.</summary>
/// <param name="load">Loads it; runs on a thread without tensor scopes.</param>
sealed class Component<T>(Func<T> load) : IDisposable
    where T : class, IDisposable
{
    readonly Lock _lock = new();
    Task<T>? _loading;

    /// <summary>Whether it has been asked for and not freed since.</summary>
    public bool IsWanted
    {
        get
        {
            lock (_lock) return _loading is not null;
        }
    }

    /// <summary>Begins to load, unless that has begun.</summary>
    public Task<T> Start()
    {
        lock (_lock) return _loading ??= Task.Run(load);
    }

    /// <summary>The part, once it is loaded; a failed load is tried again by the next call.</summary>
    public T Get(CancellationToken cancellation)
    {
        var loading = Start();
        try
        {
            loading.Wait(cancellation);
            return loading.Result;
        }
        catch (AggregateException failed) when (failed.InnerException is { } reason)
        {
            lock (_lock) _loading = null;
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
            throw;
        }
    }

    /// <summary>Frees the part; the next <see cref="Get"/> loads it again.</summary>
    public void Dispose()
    {
        Task<T>? loaded;
        lock (_lock) (loaded, _loading) = (_loading, null);
        try
        {
            loaded?.GetAwaiter().GetResult().Dispose();
        }
        catch (Exception) when (loaded is { IsCompletedSuccessfully: false })
        {
            // It never loaded: whoever wanted it was told, and there is nothing to free.
        }
    }
}
