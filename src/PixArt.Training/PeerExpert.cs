using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>An expert of other timesteps than the one under training, that sample sheets ask there.</summary>
/// <param name="Model">Its transformer.</param>
/// <param name="Timesteps">Those it owns.</param>
sealed record PeerExpert(PixArtTransformer Model, TimestepInterval Timesteps) : IDisposable
{
    /// <summary>Loads a recipe's peers.</summary>
    /// <exception cref="InvalidSettingException">They and the expert under training do not own every timestep once, or one predicts something else.</exception>
    public static IReadOnlyList<PeerExpert> Load(TransformerRecipe recipe, Device device)
    {
        var said = recipe.Report.Peers.Select(folder => (Folder: folder, Facts: ExpertInterval.Read(folder))).ToArray();
        if (said.Length == 0) return [];
        foreach (var (folder, facts) in said.Where(s => s.Facts.Prediction != recipe.Objective.Target))
            throw new InvalidSettingException($"report.peers: prediction of '{folder}'", facts.Prediction, $"{recipe.Objective.Target}, as the expert under training");
        var intervals = said.Select(s => (Name: s.Folder, Interval: new TimestepInterval(s.Facts.Low, s.Facts.High))).Append((Name: "under training", Interval: recipe.Timesteps));
        TimestepCover.Check([.. intervals.OrderBy(i => i.Interval.Low)], 1000);
        var loaded = new List<PeerExpert>();
        try
        {
            foreach (var (folder, facts) in said)
            {
                var model = ModelLoading.Transformer(null, folder, device, recipe.Seed);
                loaded.Add(new(model, new(facts.Low, facts.High)));
                model.Parameters.RequireGrad(false);
            }

            return loaded;
        }
        catch
        {
            foreach (var peer in loaded) peer.Dispose();
            throw;
        }
    }

    public void Dispose() => Model.Dispose();
}
