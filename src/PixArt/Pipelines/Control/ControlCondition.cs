using PixArt.Imaging;

namespace PixArt.Pipelines;

/// <summary>A picture that steers all pictures of a request through the pipeline's ControlNet (<see cref="PipelineOptions.ControlModel"/>).</summary>
public sealed record ControlCondition
{
    /// <summary>The picture. It is scaled to cover the size that is sampled, and what hangs over is cut off on both sides.</summary>
    public required Image Image { get; init; }

    /// <summary>What the picture is.</summary>
    public ControlKind Kind { get; init; }

    /// <summary>Factor on what the ControlNet adds, 0 to 2: 0 is no control, 1 what was trained.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>The picture's file, for the settings that travel inside the result; null: it cannot be repeated from them.</summary>
    public string? Source { get; init; }

    /// <summary>Checks what can be checked without a model.</summary>
    /// <exception cref="InvalidSettingException">A value is out of range.</exception>
    public ControlCondition Validate()
    {
        if (Image is null) throw new InvalidSettingException("control picture", null, "a picture");
        if (!Enum.IsDefined(Kind)) throw new InvalidSettingException("control kind", (int)Kind, string.Join(", ", Enum.GetNames<ControlKind>()));
        if (!(Strength >= 0 && Strength <= 2)) throw new InvalidSettingException("control strength", Strength, "a number from 0 to 2");
        return this;
    }
}
