using System.Text.Json;
using PixArt.Training.Optimization;

namespace PixArt.Training.Checkpoints;

/// <summary>Which files make a trainer's checkpoint.</summary>
static class CheckpointContents
{
    const string StateName = "state.json";
    const string ParametersName = "parameters.safetensors";
    const string OptimizerName = "optimizer.safetensors";
    const string AverageName = "average.safetensors";

    public static Dictionary<string, Action<Stream>> Files(
        TrainingState state, IEnumerable<TrainedTensor> parameters, IEnumerable<TrainedTensor> optimizer, MovingAverage? average)
    {
        var files = new Dictionary<string, Action<Stream>>(StringComparer.Ordinal)
        {
            [ParametersName] = stream => TensorFile.Write(stream, ParametersName, parameters),
            [OptimizerName] = stream => TensorFile.Write(stream, OptimizerName, optimizer),
            [StateName] = stream => JsonSerializer.Serialize(stream, state, CheckpointJson.Default.TrainingState),
        };
        if (average is not null) files[AverageName] = stream => TensorFile.Write(stream, AverageName, average.State);
        return files;
    }

    /// <summary>Copies a checkpoint into what a trainer holds.</summary>
    /// <exception cref="PixArtException">It is of another model.</exception>
    public static TrainingState Load(
        Checkpoint checkpoint, IEnumerable<TrainedTensor> parameters, IOptimizer optimizer, MovingAverage? average)
    {
        string At(string name) => Path.Combine(checkpoint.Folder, name);
        var state = JsonSerializer.Deserialize(File.ReadAllBytes(At(StateName)), CheckpointJson.Default.TrainingState)
            ?? throw new PixArtException($"'{At(StateName)}' is empty");
        TensorFile.Read(At(ParametersName), parameters);
        TensorFile.Read(At(OptimizerName), optimizer.State);
        optimizer.StepCount = state.OptimizerSteps;
        if (average is null) return state;
        // A run that begins to average later starts from the parameters as they are.
        TensorFile.Read(At(File.Exists(At(AverageName)) ? AverageName : ParametersName), average.State);
        average.StepCount = state.AverageSteps;
        return state;
    }
}
