namespace PixArt.Hub;

/// <summary>Why a model could not be had from the hub.</summary>
public enum HubErrorKind
{
    /// <summary>There is no such model, or it is private and the token does not open it.</summary>
    RepositoryNotFound,

    /// <summary>The model has no such branch, tag or commit.</summary>
    RevisionNotFound,

    /// <summary>The model has no such file.</summary>
    FileNotFound,

    /// <summary>The model's conditions have to be accepted first.</summary>
    Gated,

    /// <summary>The hub does not know the token.</summary>
    TokenRefused,

    /// <summary>The hub refuses access for a reason of its own.</summary>
    Forbidden,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>The hub answers, but cannot serve at the moment.</summary>
    Unavailable,

    /// <summary>The hub does not answer, or the connection keeps breaking off.</summary>
    Unreachable,

    /// <summary>The network may not be used, and the cache does not have what is wanted.</summary>
    NotInCache,

    /// <summary>What arrived is not what the hub announced.</summary>
    Damaged,

    /// <summary>The disk is too small.</summary>
    DiskFull,

    /// <summary>The cache cannot be written to.</summary>
    CacheNotWritable,

    /// <summary>What answers is not a hub, or answers nonsense.</summary>
    BadAnswer,
}
