using System.CommandLine;

namespace PixArt.Fuzz;

/// <summary><c>./pixart fuzz</c>: damaged files for the readers, for a time or a number of inputs.</summary>
static class FuzzCommand
{
    public static RootCommand Create(TextWriter output)
    {
        var readers = new Argument<string[]>("reader")
        {
            Description = $"Which readers: {string.Join(", ", Readers.Names)}; all when not given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        readers.AcceptOnlyFromAmong([.. Readers.Names]);
        var seconds = new Option<double?>("--seconds") { Description = "Seconds for each reader (10, unless --inputs is given)." };
        var inputs = new Option<long?>("--inputs") { Description = "Inputs for each reader." };
        var first = new Option<long>("--first") { Description = "Number of the first input; an input depends on its number alone (0)." };
        var goldens = new Option<string?>("--goldens") { Description = "Folder with the files to damage (tests/data/goldens).", HelpName = "folder" };
        var save = new Option<string>("--save") { Description = "Folder for inputs that broke a promise (artifacts/fuzz).", HelpName = "folder", DefaultValueFactory = _ => "artifacts/fuzz" };
        var command = new RootCommand("Feeds damaged files to the readers. Promises: typed errors only, at most 1 s and 64 MB beyond the file's size for each input.")
        {
            readers, seconds, inputs, first, goldens, save,
        };
        command.SetAction((line, cancellation) =>
        {
            var names = line.GetValue(readers) is { Length: > 0 } given ? given : [.. Readers.Names];
            var count = line.GetValue(inputs);
            var time = line.GetValue(seconds) ?? (count is null ? 10 : double.PositiveInfinity);
            var broken = 0;
            foreach (var name in names)
            {
                var run = new FuzzRun(Readers.Create(name, line.GetValue(goldens) ?? Goldens()), line.GetRequiredValue(save));
                var report = run.Run(line.GetValue(first), count ?? long.MaxValue, time, cancellation);
                output.WriteLine(report.ToText());
                broken += report.Failures.Count;
            }

            return Task.FromResult(cancellation.IsCancellationRequested ? 130 : broken == 0 ? 0 : 1);
        });
        return command;
    }

    static string Goldens()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "data", "goldens");
            if (Directory.Exists(candidate)) return candidate;
        }

        throw new DirectoryNotFoundException($"no tests/data/goldens above {AppContext.BaseDirectory}; --goldens names another folder");
    }
}
