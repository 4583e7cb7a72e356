using System.Reflection;
using System.Text.Json;
using Xunit.Sdk;
using Xunit.v3;

namespace PixArt.Tests.Pipelines;

/// <summary>Theory data: (entry, case) for every recorded run under <c>pipelines/</c> whose case or document has a property.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PipelineCasesAttribute(string property) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        var set = GoldenSet.Open();
        var rows = new List<ITheoryDataRow>();
        foreach (var entry in set.Under("pipelines/"))
        {
            using var golden = set.Load(entry.Name);
            rows.AddRange(golden.CaseNames.Where(name => Has(golden.Case(name)) || Has(golden.Json)).Select(name => new TheoryDataRow<string, string>(entry.Name, name)));
        }

        if (rows.Count == 0) rows.Add(new TheoryDataRow<string, string>("", "") { Skip = $"no goldens under pipelines/ with {property}" });
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(rows);
    }

    public override bool SupportsDiscoveryEnumeration() => true;

    bool Has(JsonElement element) => element.TryGetProperty(property, out _);
}
