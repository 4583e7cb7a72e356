using System.Collections.Concurrent;

namespace PixArt.Training.Data.Scenes.Settings;

/// <summary>Paints settings, each variant once: broad gradients, few edges, one or two landmarks that no object resembles.</summary>
internal static class SettingPainter
{
    private static readonly ConcurrentDictionary<(int Setting, int Variant), byte[]> Painted = new();

    private static readonly Action<Canvas, float>[] Painters =
    [
        Outdoors.Desert, Outdoors.Beach, Outdoors.Meadow, Darkness.Night, Outdoors.Snow, Darkness.Forest,
        Places.City, Places.Underwater, Outdoors.Mountains, Darkness.Moon, Places.Room, Places.Sunset,
    ];

    /// <summary>The RGB bytes of a setting's variant: even ones are as painted, odd ones mirrored; each pair has its own horizon.</summary>
    public static byte[] Paint(SceneSetting setting, int variant) => Painted.GetOrAdd((setting.Index, variant), static key =>
    {
        var canvas = new Canvas();
        Painters[key.Setting](canvas, (key.Variant / 2 - 1) * 4);
        return canvas.Develop(mirrored: key.Variant % 2 == 1);
    });
}
