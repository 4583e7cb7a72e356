using PixArt.Imaging;
using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Features;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Trains a T5 encoder, and beside it the <see cref="LayoutReader"/> that its features are for, on captions of scenes.</summary>
sealed class LayoutTrainee : ITrainee
{
    readonly LayoutRecipe _recipe;
    readonly T5Encoder _encoder;
    readonly T5Encoder? _teacher;
    readonly LayoutReader _reader;
    readonly CaptionTokenizer _tokenizer;
    readonly SceneImages _scenes;
    readonly BatchOrder _order;

    /// <param name="recipe">What to do.</param>
    public LayoutTrainee(LayoutRecipe recipe)
    {
        var device = Device.Parse(recipe.Device);
        _recipe = recipe;
        _scenes = new(null, recipe.Data);
        _order = new(((IImageData)_scenes).Groups, recipe.BatchSize, recipe.Seed);
        _tokenizer = new(SentencePieceTokenizer.Load(recipe.Tokenizer), recipe.MaxTokens);
        try
        {
            _encoder = ModelLoading.TextEncoder(recipe.Model, recipe.From, device, recipe.Seed);
            if (recipe.Teacher is { } teacher) _teacher = Teacher(teacher, device);
            if (recipe.PositionSpread is { } spread) DrawPositions(spread);
            using var generator = new RandomKey(recipe.Seed, RandomPurpose.Initialization, 1).Generator();
            _reader = new(_encoder.Config, new ParameterStore(null, ScalarType.Float32, device, generator));
        }
        catch
        {
            Dispose();
            throw;
        }

        Parameters = [.. Trained("", _encoder), .. Trained("reader.", _reader)];
    }

    public IReadOnlyList<TrainedTensor> Parameters { get; }

    public TrainingBatch Prepare(long pass)
    {
        var samples = _order[pass];
        var captions = samples.Select(sample => _scenes.Caption(sample.Index, sample.Visit)).ToArray();
        var answers = captions.SelectMany(caption => LayoutReader.AnswersOf(CaptionParser.Parse(caption)));
        return new SceneBatch(
            CaptionBatch.From([.. captions.Select(caption => _recipe.Data.Captions.Apply(caption))], _tokenizer),
            Tensor.FromArray(answers.ToArray(), samples.Length, LayoutReader.Objects));
    }

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var scenes = (SceneBatch)batch;
        var captions = scenes.Captions.To(_encoder.Parameters.Device);
        var answers = scenes.Answers.To(_encoder.Parameters.Device);
        var features = _encoder.Forward(captions.Ids!, captions.Mask);
        var logits = _reader.Forward(features, captions.Mask);
        var there = answers.Ne(0).To(ScalarType.Float32);
        var losses = -Functional.LogSoftmax(logits, -1).Gather(-1, answers.Unsqueeze(-1)).Squeeze(-1); // [B, objects]
        // What is there counts as much as all that is not.
        var layout = Mean(losses, there) + Mean(losses, 1 - there);
        var right = Mean(logits.Detach().ArgMax(-1).Eq(answers).To(ScalarType.Float32), there);
        statistics.AddLater(layout, value => statistics.Add("layout", value[0]));
        statistics.AddLater(right, value => statistics.Add("placesRight", value[0]));
        if (_teacher is null) return scope.Keep(layout);
        var distance = Distance(features, captions);
        statistics.AddLater(distance, value => statistics.Add("distance", value[0]));
        return scope.Keep(layout + (distance * _recipe.TeacherWeight));
    }

    public void Export(string folder, long step) => ComponentWriter.Write(
        Path.Combine(folder, "text_encoder"), _encoder.Config.ToJson(), ComponentWriter.Transformers, _encoder.Parameters);

    public Image? Sheet() => null;

    public void Dispose()
    {
        _encoder?.Dispose();
        _teacher?.Dispose();
        _reader?.Dispose();
        _tokenizer.Dispose();
        _scenes.Dispose();
    }

    T5Encoder Teacher(string folder, Device device)
    {
        var teacher = ModelLoading.TextEncoder(null, folder, device, _recipe.Seed);
        if (teacher.Config.DModel == _encoder.Config.DModel) return teacher;
        using (teacher)
            throw new InvalidSettingException("teacher", folder, $"an encoder of width {_encoder.Config.DModel}, not {teacher.Config.DModel}");
    }

    void DrawPositions(double spread)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Initialization, 2).Generator();
        var bias = _encoder.Parameters[T5Encoder.PositionBiasName];
        bias.CopyInPlace(Tensor.Randn(bias.Shape, generator) * spread);
    }

    // Mean over the tokens of all captions and their channels.
    Tensor Distance(Tensor features, CaptionBatch captions)
    {
        using var scope = TensorScope.Begin();
        Tensor taught;
        using (GradMode.Disable()) taught = _teacher!.Forward(captions.Ids!, captions.Mask);
        var mask = captions.Mask.To(features.Device, features.DType);
        return scope.Keep(Mean((features - taught).Square().Mean([-1]), mask));
    }

    static Tensor Mean(Tensor values, Tensor mask) => (values * mask).Sum() / mask.Sum();

    static IEnumerable<TrainedTensor> Trained(string prefix, Module model)
    {
        model.Parameters.RequireGrad(true);
        return model.Parameters.Names.Select(name => new TrainedTensor(prefix + name, model.Parameters[name]));
    }

    sealed class SceneBatch(CaptionBatch captions, Tensor answers) : TrainingBatch
    {
        public CaptionBatch Captions => captions;

        /// <summary>Where the caption puts each object of the vocabulary [B, objects].</summary>
        public Tensor Answers => answers;

        protected override void Dispose(bool disposing)
        {
            captions.Dispose();
            answers.Dispose();
        }
    }
}
