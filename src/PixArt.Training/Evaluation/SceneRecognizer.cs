using System.Globalization;
using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Data.Scenes;
using PixArt.Weights;

namespace PixArt.Training.Evaluation;

/// <summary>Names the setting of a scene and what stands left, centre and right. Trained by <see cref="RecognizerTraining"/>.</summary>
public sealed class SceneRecognizer : IDisposable
{
    private const int BatchSize = 32;
    private readonly SceneRecognizerNetwork _network;

    internal SceneRecognizer(SceneRecognizerNetwork network) => _network = network;

    /// <summary>Reads a recogniser that <see cref="Save"/> wrote.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="WeightsException">The file is damaged.</exception>
    /// <exception cref="PixArtException">It was made for another vocabulary.</exception>
    public static SceneRecognizer Load(string path)
    {
        var file = WeightsFile.Open(path);
        using var source = new WeightsSource(file);
        if (!file.Metadata.TryGetValue("vocabulary", out var vocabulary) || !string.Equals(vocabulary, Vocabulary, StringComparison.Ordinal))
            throw new PixArtException($"{path} knows the vocabulary '{vocabulary ?? "none"}', expected '{Vocabulary}': train the recogniser anew");
        return new SceneRecognizer(new SceneRecognizerNetwork(new ParameterStore(source)));
    }

    /// <summary>Writes the weights in half precision, under 3 MB.</summary>
    /// <param name="path">A safetensors file; replaced whole or not at all.</param>
    public void Save(string path)
    {
        var parameters = _network.Parameters;
        SafetensorsWriter.Write(
            path,
            parameters.Names.Select(name =>
            {
                using var scope = TensorScope.Begin();
                var half = parameters[name].Detach().To(ScalarType.Float16);
                return TensorToWrite.FromBytes(name, StoredType.F16, parameters[name].Shape, half.AsBytes().ToArray());
            }),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["vocabulary"] = Vocabulary });
    }

    /// <summary>What each picture shows.</summary>
    /// <param name="images">RGB pictures of <see cref="Scene.Side"/> pixels square.</param>
    /// <exception cref="InvalidSettingException">A picture has another size.</exception>
    public IReadOnlyList<RecognizedScene> Recognize(IReadOnlyList<Image> images)
    {
        var seen = new List<RecognizedScene>(images.Count);
        foreach (var batch in images.Chunk(BatchSize))
            seen.AddRange(RecognizeBatch(batch));
        return seen;
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private static string Vocabulary { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{SceneVocabulary.Objects.Length} objects, {SceneVocabulary.Settings.Length} settings, {SceneClasses.Count} classes");

    private IEnumerable<RecognizedScene> RecognizeBatch(Image[] images)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var pictures = Tensor.Empty([images.Length, 3, Scene.Side, Scene.Side]);
        for (var i = 0; i < images.Length; i++)
        {
            if (images[i] is not { Width: Scene.Side, Height: Scene.Side, Channels: 3 })
                throw new InvalidSettingException("image", $"{images[i].Width}x{images[i].Height}x{images[i].Channels}", $"{Scene.Side}x{Scene.Side} RGB");
            PictureDistortion.Copy(images[i], Plane(pictures, i));
        }

        var (places, settings) = _network.Forward(pictures);
        var placeNumbers = places.ArgMax(2).ToArray<long>();
        var confidence = Functional.Softmax(places, 2).Amax([2]).ToArray<float>();
        var settingNumbers = settings.ArgMax(1).ToArray<long>();
        return [.. Enumerable.Range(0, images.Length).Select(i =>
        {
            RecognizedObject? At(int place) => SceneClasses.Meaning(
                (int)placeNumbers[i * SceneClasses.Places + place], confidence[i * SceneClasses.Places + place]);
            return new RecognizedScene(SceneVocabulary.Settings[(int)settingNumbers[i]], At(0), At(1), At(2));
        })];
    }

    internal static Span<float> Plane(Tensor pictures, int index)
    {
        const int Size = 3 * Scene.Side * Scene.Side;
        return pictures.AsSpan<float>().Slice(index * Size, Size);
    }
}
