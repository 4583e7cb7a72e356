using PixArt.Training.Optimization;

namespace PixArt.Training.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant, 0, 0)]
    [InlineData(ScheduleKind.Constant, 50, 0.5)]
    [InlineData(ScheduleKind.Constant, 100, 1)]
    [InlineData(ScheduleKind.Constant, 1000, 1)]
    [InlineData(ScheduleKind.Linear, 550, 0.55)]
    [InlineData(ScheduleKind.Linear, 1000, 0.1)]
    [InlineData(ScheduleKind.Cosine, 100, 1)]
    [InlineData(ScheduleKind.Cosine, 550, 0.55)]
    [InlineData(ScheduleKind.Cosine, 1000, 0.1)]
    [InlineData(ScheduleKind.CosineToConstant, 100, 1)]
    [InlineData(ScheduleKind.CosineToConstant, 668, 0.1)]
    [InlineData(ScheduleKind.CosineToConstant, 1000, 0.1)]
    public void Factor_AtAStep_IsAsDefined(ScheduleKind kind, long step, double expected)
    {
        var schedule = new LearningRateSchedule { Kind = kind, WarmupSteps = 100, FinalFactor = 0.1 };
        Assert.Equal(expected, schedule.Factor(step, 1000), 1e-9);
    }

    [Theory]
    [InlineData(ScheduleKind.Linear)]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.CosineToConstant)]
    public void Factor_AfterWarmup_NeverRises(ScheduleKind kind)
    {
        var schedule = new LearningRateSchedule { Kind = kind, WarmupSteps = 10, FinalFactor = 0.2 };
        var factors = Enumerable.Range(10, 190).Select(step => schedule.Factor(step, 200)).ToArray();
        Assert.Equal(1, factors[0], 1e-9);
        Assert.All(factors.Zip(factors.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
    }

    [Theory]
    [InlineData(1, 550, 0.55)]
    [InlineData(2, 550, 0.325)]
    [InlineData(0.5, 775, 0.55)]
    [InlineData(3, 1000, 0.1)]
    public void Factor_Polynomial_FallsAsThePowerOfWhatIsLeft(double power, long step, double expected) => Assert.Equal(
        expected, new LearningRateSchedule { Kind = ScheduleKind.Polynomial, Power = power, WarmupSteps = 100, FinalFactor = 0.1 }.Factor(step, 1000), 1e-9);
}
