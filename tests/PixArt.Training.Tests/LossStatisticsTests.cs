using PixArt.Training.Checkpoints;

namespace PixArt.Training.Tests;

public sealed class LossStatisticsTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Add_OfWhatIsNoNumber_LeavesMeansThatACheckpointCanHold(double value)
    {
        var statistics = new LossStatistics();
        statistics.Add("t100", 2);
        statistics.Add("t100", value);
        statistics.Add("t200", value);
        Assert.Equal([("t100", 2.0)], statistics.Means);
        var state = new TrainingState { Loss = statistics.ToState() };
        Assert.Contains("\"sum\": 2", System.Text.Json.JsonSerializer.Serialize(state, CheckpointJson.Default.TrainingState), StringComparison.Ordinal);
    }
}
