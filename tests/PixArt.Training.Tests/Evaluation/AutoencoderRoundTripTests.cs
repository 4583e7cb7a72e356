using PixArt.Imaging;
using PixArt.Models;
using PixArt.TestKit;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Checkpoints;
using PixArt.Training.Evaluation;

namespace PixArt.Training.Tests.Evaluation;

public sealed class AutoencoderRoundTripTests
{
    [Theory]
    [InlineData("vae"), InlineData(".")]
    public void Pictures_go_through_the_latents_and_come_back_in_their_size(string below)
    {
        using var leak = new LeakCheck();
        using var folder = new TemporaryFolder();
        WriteAutoencoder(Path.Combine(folder.Path, below));
        using var trip = AutoencoderRoundTrip.Load(folder.Path);
        var back = trip.Apply([Image.Filled(16, 8, new(10, 20, 30)), Image.Filled(16, 8, new(200, 20, 30))]);
        Assert.All(back, image => Assert.Equal((16, 8, 3), (image.Width, image.Height, image.Channels)));
        Assert.NotEqual(back[0].Pixels, back[1].Pixels);
    }

    [Fact]
    public void A_folder_without_an_autoencoder_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsAny<PixArtException>(() => AutoencoderRoundTrip.Load(folder.Path));
    }

    private static void WriteAutoencoder(string folder)
    {
        using var generator = new Generator(1);
        var config = new AutoencoderKLConfig { BlockOutChannels = [8, 8], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 16 };
        using var model = new AutoencoderKL(config, new ParameterStore(initialize: generator));
        ComponentWriter.Write(folder, config.ToJson(), ComponentWriter.Diffusers, model.Parameters);
    }
}
