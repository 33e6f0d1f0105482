namespace Loyalty.ServiceDefaults.Storage;

/// <summary>The two databases that every service runs on.</summary>
public enum Provider
{
    Postgres,
    Sqlite,
}
