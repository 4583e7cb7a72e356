namespace PixArt.Cli;

/// <summary>What the process answers to its caller.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something went wrong that the user did not cause.</summary>
    public const int Failure = 1;

    /// <summary>An argument, a setting or a file is not usable; nothing was written.</summary>
    public const int BadInput = 2;

    /// <summary>Interrupted: 128 + SIGINT, as shells count.</summary>
    public const int Cancelled = 130;
}
