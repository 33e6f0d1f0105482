using System.Data.Common;
using Dapper;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>An open connection to the service's own database, for reading.</summary>
public class Session
{
    internal Session(DbConnection connection, Provider provider, CancellationToken cancellationToken)
    {
        Connection = connection;
        Provider = provider;
        CancellationToken = cancellationToken;
    }

    public DbConnection Connection { get; }

    public Provider Provider { get; }

    public CancellationToken CancellationToken { get; }

    private protected virtual DbTransaction? Current => null;

    /// <summary>The statement of the database at hand, where the two must differ.</summary>
    public string Sql(string postgres, string sqlite) => Provider == Provider.Postgres ? postgres : sqlite;

    /// <summary>
    /// The condition that a column holds one of many ids, passed as one parameter of type <c>Guid[]</c>: <c>AnyOf("customer_id", "@ids")</c>.
    /// </summary>
    public string AnyOf(string column, string parameter) =>
        Sql($"{column} = ANY({parameter})", $"{column} IN (SELECT unhex(value) FROM json_each({parameter}))");

    public async Task<List<T>> QueryAsync<T>(string sql, object? args = null) =>
        (await Connection.QueryAsync<T>(Command(sql, args))).AsList();

    /// <summary>The first row, or the default of <typeparamref name="T"/> when there is none.</summary>
    public Task<T?> FirstOrDefaultAsync<T>(string sql, object? args = null) =>
        Connection.QueryFirstOrDefaultAsync<T?>(Command(sql, args));

    /// <exception cref="InvalidOperationException">There is no row, or more than one.</exception>
    public Task<T> SingleAsync<T>(string sql, object? args = null) => Connection.QuerySingleAsync<T>(Command(sql, args));

    private protected CommandDefinition Command(string sql, object? args) =>
        new(sql, args, Current, cancellationToken: CancellationToken);
}
