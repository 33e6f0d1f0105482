using System.Collections.Concurrent;
using Google.Protobuf;
using Loyalty.Communications.Templates;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>Templates by name and version. A version never changes, except that it is approved once.</summary>
internal sealed class TemplateStore
{
    private readonly ConcurrentDictionary<(string, int), Template> approved = [];

    /// <summary>One version, or with 0 the newest approved one; null where there is none.</summary>
    public async Task<Template?> FindAsync(Session session, string name, int version)
    {
        if (version == 0)
            version = await NewestApprovedAsync(session, name);
        if (version == 0)
            return null;
        if (approved.TryGetValue((name, version), out var known))
            return known;
        var template = await FindUncommittedAsync(session, name, version);
        if (template is { Approved: true })
            approved.TryAdd((name, version), template);
        return template;
    }

    /// <summary>As it stands in this transaction: nothing is remembered of it.</summary>
    public static async Task<Template?> FindUncommittedAsync(Session session, string name, int version)
    {
        var row = await session.FirstOrDefaultAsync<Row>(
            "SELECT definition, approved_at FROM templates WHERE name = @name AND version = @version", new { name, version });
        if (row is null)
            return null;
        var template = Template.Parser.ParseFrom(row.Definition);
        template.Name = name;
        template.Version = version;
        template.Approved = row.ApprovedAt is not null;
        return template;
    }

    public static async Task<int> AddAsync(Transaction tx, Template template, string by, long now)
    {
        for (var version = await NextVersionAsync(tx, template.Name); ; version++)
        {
            // Two at once for one name: the later insert waits for the earlier one, and takes the next number.
            var added = await tx.ExecuteAsync(
                """
                INSERT INTO templates (name, version, definition, created_by, created_at) VALUES (@Name, @version, @definition, @by, @now)
                ON CONFLICT (name, version) DO NOTHING
                """,
                new { template.Name, version, definition = template.ToByteArray(), by, now });
            if (added == 1)
                return version;
        }
    }

    /// <summary>False where there is no such version.</summary>
    public static async Task<bool> ApproveAsync(Transaction tx, string name, int version, string by, long now) => await tx.ExecuteAsync(
        "UPDATE templates SET approved_by = coalesce(approved_by, @by), approved_at = coalesce(approved_at, @now) WHERE name = @name AND version = @version",
        new { name, version, by, now }) == 1;

    /// <summary>Puts in the templates that come with the service, where they are not there yet.</summary>
    public static async Task ShipAsync(Transaction tx, long now)
    {
        foreach (var template in ShippedTemplates.All)
        {
            await tx.ExecuteAsync(
                """
                INSERT INTO templates (name, version, definition, created_by, created_at, approved_by, approved_at)
                VALUES (@Name, 1, @definition, @By, @now, @By, @now) ON CONFLICT (name, version) DO NOTHING
                """,
                new { template.Name, definition = template.ToByteArray(), By = ShippedTemplates.By, now });
        }
    }

    private static Task<int> NextVersionAsync(Session session, string name) =>
        session.SingleAsync<int>("SELECT 1 + coalesce(max(version), 0) FROM templates WHERE name = @name", new { name });

    private static async Task<int> NewestApprovedAsync(Session session, string name) => await session.SingleAsync<int>(
        "SELECT coalesce(max(version), 0) FROM templates WHERE name = @name AND approved_at IS NOT NULL", new { name });

    private sealed class Row
    {
        public byte[] Definition { get; init; } = [];
        public long? ApprovedAt { get; init; }
    }
}
