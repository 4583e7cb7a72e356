using Spectre.Console;

namespace PixArt.Cli.Rendering;

/// <summary>Progress on a terminal: a bar with count and time left for each stage.</summary>
internal static class BarProgress
{
    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<IProgress<Step>, Task<T>> work) =>
        console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new CountColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Reporter(context)));

    sealed class Reporter(ProgressContext context) : IProgress<Step>
    {
        readonly Lock _lock = new();
        readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Report(Step value)
        {
            lock (_lock)
            {
                if (!_tasks.TryGetValue(value.Stage, out var task))
                    _tasks[value.Stage] = task = context.AddTask(Markup.Escape(value.Stage));
                task.MaxValue = value.Total;
                task.Value = value.Done;
                task.IsIndeterminate = value.Total <= 1;
                task.State.Update<Step>(CountColumn.Key, _ => value);
            }
        }
    }
}
