using System.CommandLine;

namespace PixArt.Cli.Tests;

public sealed class ShellTests
{
    readonly Captured _captured = new();

    Task<int> RunAsync(Func<CancellationToken, Task> work, CancellationToken cancellation, params string[] args)
    {
        var command = new Command("work") { new Option<int>("--steps") };
        command.SetAction((_, token) => work(token));
        return Shell.RunAsync(CommandTree.Create([command]), ["work", .. args], _captured.Terminal, cancellation);
    }

    Task<int> FailAsync(Exception error, params string[] args) =>
        RunAsync(_ => Task.FromException(error), CancellationToken.None, args);

    [Fact]
    public async Task A_command_that_ends_exits_0_and_says_nothing()
    {
        Assert.Equal(0, await RunAsync(_ => Task.CompletedTask, CancellationToken.None));
        Assert.Equal("", _captured.Error);
    }

    [Fact]
    public async Task A_bad_setting_is_one_line_and_exits_2()
    {
        var code = await FailAsync(new InvalidSettingException("--steps", 0, "a whole number\nof at least 1"));
        Assert.Equal(2, code);
        Assert.Equal("pixart: --steps is 0, expected a whole number of at least 1\n", _captured.Error);
    }

    [Fact]
    public async Task A_refused_file_exits_2()
    {
        Assert.Equal(2, await FailAsync(new UnauthorizedAccessException("no")));
        Assert.Equal("pixart: no\n", _captured.Error);
    }

    [Fact]
    public async Task An_unexpected_error_exits_1_without_a_trace()
    {
        Assert.Equal(1, await FailAsync(new InvalidOperationException("broken")));
        Assert.Equal("pixart: InvalidOperationException: broken (--verbose shows the trace)\n", _captured.Error);
    }

    [Fact]
    public async Task Verbose_shows_the_trace()
    {
        Assert.Equal(1, await FailAsync(new InvalidOperationException("broken"), "--verbose"));
        Assert.Contains("   at ", _captured.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("work", "--nonsense")]
    [InlineData("work", "--steps", "many")]
    [InlineData("unknown")]
    public async Task A_line_that_does_not_parse_is_one_line_and_exits_2(params string[] args)
    {
        var command = new Command("work") { new Option<int>("--steps") };
        command.SetAction(_ => 0);
        var code = await Shell.RunAsync(CommandTree.Create([command]), args, _captured.Terminal, CancellationToken.None);
        Assert.Equal(2, code);
        Assert.StartsWith("pixart: ", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(1, _captured.Error.Count(c => c == '\n'));
        Assert.Contains("--help", _captured.Error, StringComparison.Ordinal);
        Assert.Equal("", _captured.Out);
    }

    [Theory]
    [InlineData(true, "--sede", "3", "fox")]
    [InlineData(true, "fox", "-q")]
    [InlineData(false, "a fox - or a dog", "-", "-5")]
    [InlineData(false, "--steps", "3", "fox")]
    [InlineData(false, "--", "--sede", "fox")]
    [InlineData(false, "-- a title --")]
    public async Task An_option_that_there_is_not_is_no_prompt(bool refused, params string[] args)
    {
        var command = new Command("work") { new Option<int>("--steps"), new Argument<string[]>("prompt") };
        command.SetAction(_ => 0);
        Assert.Equal(refused ? 2 : 0, await Shell.RunAsync(CommandTree.Create([command]), ["work", .. args], _captured.Terminal, CancellationToken.None));
        Assert.Equal(refused ? $"pixart: There is no option '{args.First(arg => arg.StartsWith('-'))}'. (see pixart work --help)\n" : "", _captured.Error);
    }

    [Fact]
    public async Task Cancelled_work_exits_130()
    {
        using var source = new CancellationTokenSource();
        var code = await RunAsync(
            async token =>
            {
                await source.CancelAsync();
                token.ThrowIfCancellationRequested();
            },
            source.Token);
        Assert.Equal(130, code);
        Assert.Equal("pixart: cancelled\n", _captured.Error);
    }

    [Fact]
    public async Task No_arguments_show_the_help()
    {
        Assert.Equal(0, await Shell.RunAsync([], _captured.Terminal, CancellationToken.None));
        Assert.Contains("Usage:", _captured.Out, StringComparison.Ordinal);
        Assert.Equal("", _captured.Error);
    }

    [Fact]
    public void Errors_are_red_where_colours_show()
    {
        var captured = new Captured(color: true);
        captured.Terminal.Complain("no");
        Assert.Equal("\e[31mpixart: no\e[0m\n", captured.Error);
    }
}
