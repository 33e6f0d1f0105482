using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>One numbered script, embedded as <c>Storage/schema/{postgres,sqlite}/NNNN_name.sql</c>.</summary>
/// <param name="Owner">"defaults", or the service; each numbers its own scripts.</param>
/// <param name="Name">"0001_defaults".</param>
internal sealed record SchemaScript(string Owner, string Name, string Sql)
{
    /// <summary>SHA-256 of the text with line ends as LF, in hex.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <exception cref="InvalidOperationException">Two scripts have one number, or the numbers have a gap.</exception>
    public static List<SchemaScript> Of(string owner, Assembly assembly, Provider provider)
    {
        var folder = provider == Provider.Postgres ? ".schema.postgres." : ".schema.sqlite.";
        var scripts = assembly.GetManifestResourceNames()
            .Where(name => name.Contains(folder, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => new SchemaScript(
                owner, name[(name.IndexOf(folder, StringComparison.Ordinal) + folder.Length)..^".sql".Length], Read(assembly, name)))
            .OrderBy(script => script.Name, StringComparer.Ordinal)
            .ToList();
        for (var i = 0; i < scripts.Count; i++)
        {
            var number = (i + 1).ToString("0000", CultureInfo.InvariantCulture);
            if (!scripts[i].Name.StartsWith(number + "_", StringComparison.Ordinal))
                throw new InvalidOperationException($"schema script {owner}/{scripts[i].Name}: expected number {number}");
        }

        return scripts;
    }

    private static string Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!; // the name comes from the same assembly
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
