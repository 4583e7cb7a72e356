using System.CommandLine;
using PixArt.Cli.Ranks;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart launch --nproc N train recipe.json</c>: one training in several processes of this machine.</summary>
internal static class LaunchCommand
{
    public static Command Create(Terminal terminal)
    {
        var nproc = new Option<int>("--nproc") { Description = "Number of processes: one for each GPU.", Required = true, HelpName = "N" };
        var port = new Option<int?>("--port") { Description = "The port that they find each other at. Default: a free one.", HelpName = "port" };
        var command = new Command(
            "launch", "Train in several processes of this machine that share every batch: pixart launch --nproc 4 train recipe.json. (Across machines: docs/many-processes.md.)")
        {
            nproc, port,
        };
        var rest = new Argument<string[]>("command") { Description = "train and its arguments.", Arity = ArgumentArity.ZeroOrMore };
        command.Add(rest);
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancel) =>
        {
            var count = parsed.GetValue(nproc);
            if (count < 1) throw new InvalidSettingException("--nproc", count, "1 or more");
            string[] arguments = [.. Following(parsed, nproc, port)];
            if (arguments is not ["train", ..]) throw new InvalidSettingException("command", arguments.FirstOrDefault(), "train with its arguments");
            return RankProcesses.RunAsync(terminal, count, parsed.GetValue(port), arguments, cancel);
        });
        return command;
    }

    // All that follows the launcher's own options, in its order; whatever the other command makes of it.
    static IEnumerable<string> Following(ParseResult parsed, params Option[] own)
    {
        var tokens = parsed.Tokens.Select(token => token.Value).SkipWhile(token => !string.Equals(token, "launch", StringComparison.Ordinal)).Skip(1).ToList();
        while (tokens.Count > 0 && Array.Exists(own, option => string.Equals(option.Name, tokens[0], StringComparison.Ordinal))) tokens.RemoveRange(0, Math.Min(2, tokens.Count));
        return tokens;
    }
}
