using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace PixArt.TestKit;

/// <summary>Theory data: the name of every golden that begins with a prefix.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class GoldenEntriesAttribute(params string[] prefixes) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        var rows = prefixes.SelectMany(GoldenSet.Open().Under)
            .Select(ITheoryDataRow (entry) => new TheoryDataRow<string>(entry.Name)).ToList();
        if (rows.Count == 0) rows.Add(new TheoryDataRow<string>("") { Skip = $"no goldens under {string.Join(", ", prefixes)}" });
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(rows);
    }

    public override bool SupportsDiscoveryEnumeration() => true;
}
