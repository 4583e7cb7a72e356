namespace PixArt.Diffusion;

/// <summary>How the original solvers lay their times between two ends, both included, falling.</summary>
static class TimeGrid
{
    public static double[] Uniform(ContinuousSchedule schedule, double from, double to, int steps) =>
        Grid.Linspace(from, to, steps + 1);

    public static double[] Quadratic(ContinuousSchedule schedule, double from, double to, int steps) =>
        Array.ConvertAll(Grid.Linspace(Math.Sqrt(from), Math.Sqrt(to), steps + 1), root => root * root);

    public static double[] LogSnr(ContinuousSchedule schedule, double from, double to, int steps) =>
        Array.ConvertAll(Grid.Linspace(schedule.Lambda(from), schedule.Lambda(to), steps + 1), schedule.TimeOf);

    /// <summary>Evenly in (σ/α)^(1/7), the noise levels of Karras et al. 2022 at most: 80 to 0.002.</summary>
    public static double[] Karras(ContinuousSchedule schedule, double from, double to, int steps)
    {
        double largest = Math.Min(schedule.Point(from).Rho, 80), smallest = Math.Max(schedule.Point(to).Rho, 0.002);
        return Array.ConvertAll(
            SigmaGrid.Karras(largest, smallest, steps + 1), rho => schedule.TimeOf(-Math.Log(rho)));
    }
}
