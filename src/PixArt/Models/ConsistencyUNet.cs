using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The U-Net of the <see cref="ConsistencyDecoder"/>: residual blocks that read the timestep, no attention; sides are halved and doubled
/// inside residual blocks too.</summary>
internal sealed class ConsistencyUNet
{
    readonly Conv2d convIn, convOut;
    readonly Embedding times;
    readonly Linear time1, time2;
    readonly (TimeResnet[] Resnets, TimeResnet? Sampler)[] down, up;
    readonly TimeResnet[] mid;
    readonly GroupNorm normOut;

    internal ConsistencyUNet(ParameterScope p, ConsistencyDecoderConfig config)
    {
        var (widths, last) = (config.BlockOutChannels, config.BlockOutChannels.Count - 1);
        var embedded = 4 * widths[0];
        TimeResnet Resnet(ParameterScope at, int from, int to, SideChange change = SideChange.None) => new(at, from, to, embedded, config, change);

        convIn = new Conv2d(p.Sub("conv_in"), 7, widths[0], 3, padding: 1);
        times = new Embedding(p.Sub("time_proj"), config.NumTrainTimesteps, widths[0]);
        time1 = new Linear(p.Sub("time_embedding").Sub("linear_1"), widths[0], embedded);
        time2 = new Linear(p.Sub("time_embedding").Sub("linear_2"), embedded, embedded);
        down = new (TimeResnet[], TimeResnet?)[widths.Count];
        for (var i = 0; i <= last; i++)
        {
            var (level, width, before) = (p.Sub("down_blocks", i), widths[i], widths[Math.Max(i - 1, 0)]);
            down[i] = ([.. Enumerable.Range(0, config.LayersPerBlock).Select(j => Resnet(level.Sub("resnets", j), j == 0 ? before : width, width))],
                i == last ? null : Resnet(level.Sub("downsamplers", 0), width, width, SideChange.Halve));
        }
        mid = [.. Enumerable.Range(0, 2).Select(j => Resnet(p.Sub("mid_block").Sub("resnets", j), widths[last], widths[last]))];
        up = new (TimeResnet[], TimeResnet?)[widths.Count];
        for (var i = 0; i <= last; i++)
        {
            // Each block takes one result of the way down: those of its own resolution, at last the one that entered it.
            var (level, width, below, above) = (p.Sub("up_blocks", i), widths[last - i], widths[Math.Min(last - i + 1, last)], widths[Math.Max(last - i - 1, 0)]);
            up[i] = ([.. Enumerable.Range(0, config.LayersPerBlock + 1).Select(j => Resnet(
                level.Sub("resnets", j), (j == 0 ? below : width) + (j == config.LayersPerBlock ? above : width), width))],
                i == last ? null : Resnet(level.Sub("upsamplers", 0), width, width, SideChange.Double));
        }
        normOut = new GroupNorm(p.Sub("conv_norm_out"), config.NormNumGroups, widths[0], config.NormEps);
        convOut = new Conv2d(p.Sub("conv_out"), widths[0], 6, 3, padding: 1);
    }

    internal ScalarType DType => convIn.Weight.DType;

    // [B, 7, H, W], timesteps [1 or B] whole numbers -> [B, 6, H, W]
    internal Tensor Forward(Tensor x, Tensor timesteps)
    {
        using var scope = TensorScope.Begin();
        var time = Functional.Silu(time2.Forward(Functional.Silu(time1.Forward(times.Forward(timesteps))))); // [1 or B, 4 C]
        x = convIn.Forward(x);
        var skips = new Stack<Tensor>([x]);
        foreach (var (resnets, sampler) in down)
        {
            foreach (var resnet in resnets) skips.Push(x = resnet.Forward(x, time));
            if (sampler is not null) skips.Push(x = sampler.Forward(x, time));
        }
        var chain = new Chain(mid[0].Forward(x, time));
        foreach (var resnet in mid[1..]) chain.Next(h => resnet.Forward(h, time));
        foreach (var (resnets, sampler) in up)
        {
            foreach (var resnet in resnets) chain.Next(h => Joined(h, resnet));
            if (sampler is not null) chain.Next(h => sampler.Forward(h, time));
        }
        return scope.Keep(chain.Next(h => convOut.Forward(ResnetBlock.NormSilu(h, normOut))));

        Tensor Joined(Tensor h, TimeResnet resnet)
        {
            using var skip = skips.Pop();
            using var both = Tensor.Cat([h, skip], 1);
            return resnet.Forward(both, time);
        }
    }
}

/// <summary>What a residual block does to the sides of its map.</summary>
internal enum SideChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Means over 2x2 windows.</summary>
    Halve,

    /// <summary>Every pixel four times.</summary>
    Double,
}

/// <summary>shortcut(x) + conv2(SiLU(norm2(conv1(SiLU(norm1(x)))) * (1 + scale) + shift)); scale and shift from the timestep.</summary>
internal sealed class TimeResnet
{
    readonly GroupNorm norm1, norm2;
    readonly Conv2d conv1, conv2;
    readonly Conv2d? shortcut;
    readonly Linear timeProjection;
    readonly SideChange change;

    internal TimeResnet(ParameterScope p, int inChannels, int outChannels, int embedded, ConsistencyDecoderConfig config, SideChange change)
    {
        this.change = change;
        norm1 = new GroupNorm(p.Sub("norm1"), config.NormNumGroups, inChannels, config.NormEps);
        conv1 = new Conv2d(p.Sub("conv1"), inChannels, outChannels, 3, padding: 1);
        timeProjection = new Linear(p.Sub("time_emb_proj"), embedded, 2 * outChannels);
        norm2 = new GroupNorm(p.Sub("norm2"), config.NormNumGroups, outChannels, config.NormEps);
        conv2 = new Conv2d(p.Sub("conv2"), outChannels, outChannels, 3, padding: 1);
        if (inChannels != outChannels) shortcut = new Conv2d(p.Sub("conv_shortcut"), inChannels, outChannels, 1);
    }

    // x [B, C, H, W]; time [1 or B, E], after its SiLU.
    internal Tensor Forward(Tensor x, Tensor time)
    {
        using var scope = TensorScope.Begin();
        var chain = new Chain(ResnetBlock.NormSilu(x, norm1));
        if (change != SideChange.None) chain.Next(Changed);
        chain.Next(conv1.Forward);
        var scaleShift = timeProjection.Forward(time).Unsqueeze(-1).Unsqueeze(-1).Chunk(2, 1);
        chain.Next(h => Functional.Silu(norm2.Forward(h) * (scaleShift[0] + 1) + scaleShift[1]));
        var h = chain.Next(conv2.Forward);
        var residual = change == SideChange.None ? x : Changed(x);
        return scope.Keep(h + (shortcut?.Forward(residual) ?? residual));
    }

    Tensor Changed(Tensor x) => change == SideChange.Halve
        ? Functional.AvgPool2d(x, 2)
        : Functional.InterpolateNearest(x, [2 * x.Size(2), 2 * x.Size(3)]);
}
