using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace PixArt.TestKit;

/// <summary>Theory data: (entry, case) for every case of every golden whose name begins with a prefix. Cases are those of the
/// document's <c>cases</c>; a golden without them gives the groups of its tensors' names.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class GoldenCasesAttribute(params string[] prefixes) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        var set = GoldenSet.Open();
        var rows = new List<ITheoryDataRow>();
        foreach (var entry in prefixes.SelectMany(set.Under))
        {
            using var golden = set.Load(entry.Name);
            rows.AddRange(golden.CaseNames.Select(name => new TheoryDataRow<string, string>(entry.Name, name)));
        }

        if (rows.Count == 0)
            rows.Add(new TheoryDataRow<string, string>("", "") { Skip = $"no goldens under {string.Join(", ", prefixes)}" });
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(rows);
    }

    public override bool SupportsDiscoveryEnumeration() => true;
}
