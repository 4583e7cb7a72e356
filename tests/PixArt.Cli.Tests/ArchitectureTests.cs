using System.Reflection;
using System.Text.RegularExpressions;
using PixArt.Models;

namespace PixArt.Cli.Tests;

/// <summary>Arrows between the rooms of the house go one way.</summary>
public sealed partial class ArchitectureTests
{
    static readonly Assembly[] Assemblies =
        [typeof(Torch.Tensor).Assembly, typeof(PixArtTransformer).Assembly, typeof(Training.Recipes.TrainingRecipe).Assembly, typeof(ExitCode).Assembly];

    // What each room of the library may use, besides PixArt.Torch and the errors of the root.
    static readonly Dictionary<string, string[]> Rooms = new(StringComparer.Ordinal)
    {
        ["Weights"] = [],
        ["Hub"] = ["Weights"],
        ["Imaging"] = ["Weights"],
        ["Text"] = ["Weights"],
        ["Models"] = ["Weights"],
        ["Adapters"] = ["Weights"],
        ["Diffusion"] = ["Weights"],
        ["Conversion"] = ["Models", "Weights"],
        ["Pipelines"] = ["Adapters", "Hub", "Diffusion", "Text", "Models", "Imaging", "Weights"],
    };

    [Fact]
    public void Projects_reference_only_those_below_them()
    {
        string[] order = [.. Assemblies.Select(assembly => assembly.GetName().Name!)];
        for (var i = 0; i < Assemblies.Length; i++)
        {
            var upward = Assemblies[i].GetReferencedAssemblies().Select(reference => reference.Name).Intersect(order.Skip(i), StringComparer.Ordinal);
            Assert.Empty(upward);
        }
    }

    [Fact]
    public void Libraries_need_no_packages()
    {
        string[] ours = [.. Assemblies.Select(assembly => assembly.GetName().Name!)];
        foreach (var library in Assemblies.SkipLast(1))
            Assert.All(
                library.GetReferencedAssemblies(),
                reference => Assert.True(
                    ours.Contains(reference.Name, StringComparer.Ordinal) || reference.Name!.StartsWith("System.", StringComparison.Ordinal)
                    || string.Equals(reference.Name, "Microsoft.Win32.Primitives", StringComparison.Ordinal),
                    $"{library.GetName().Name} references {reference.Name}"));
    }

    [Theory]
    [InlineData("Weights")]
    [InlineData("Hub")]
    [InlineData("Imaging")]
    [InlineData("Text")]
    [InlineData("Models")]
    [InlineData("Adapters")]
    [InlineData("Diffusion")]
    [InlineData("Conversion")]
    [InlineData("Pipelines")]
    public void A_room_uses_only_the_rooms_below_it(string room)
    {
        var folder = Path.Combine(SourceFolder(), "PixArt", room);
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            foreach (Match use in RoomName().Matches(File.ReadAllText(file)))
            {
                var used = use.Groups["room"].Value;
                Assert.True(
                    !Rooms.ContainsKey(used) || string.Equals(used, room, StringComparison.Ordinal) || Rooms[room].Contains(used, StringComparer.Ordinal),
                    $"{Path.GetRelativePath(folder, file)} of {room} uses {used}");
            }
    }

    static string SourceFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PixArt.slnx"))) return Path.Combine(folder.FullName, "src");
        throw new DirectoryNotFoundException("no PixArt.slnx above the tests");
    }

    [GeneratedRegex(@"\bPixArt\.(?<room>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoomName();
}
