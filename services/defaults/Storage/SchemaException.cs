namespace Loyalty.ServiceDefaults.Storage;

/// <summary>A database cannot be brought to this release; the message names the service, the script and what to do.</summary>
public sealed class SchemaException : Exception
{
    internal SchemaException(string service, SchemaScript script, string what, Exception? inner = null)
        : base($"schema of {service}: script {script.Owner}/{script.Name} {what}", inner)
    {
    }
}
