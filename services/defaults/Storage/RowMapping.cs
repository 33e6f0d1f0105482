using System.Data;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>Teaches Dapper what both databases have in common, so that features write one SQL and one record.</summary>
internal static class RowMapping
{
    private static readonly Lazy<bool> Installed = new(Install);

    public static void Ensure() => _ = Installed.Value;

    private static bool Install()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.TypeMapProvider = type => new RecordMap(type);
        // Dapper asks its own table of types before the handlers, so the entries there have to go.
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.RemoveTypeMap(typeof(Guid));
        SqlMapper.RemoveTypeMap(typeof(Guid?));
        SqlMapper.AddTypeHandler(typeof(DateTimeOffset), new InstantHandler());
        SqlMapper.AddTypeHandler(typeof(Guid), new IdHandler());
        // Dapper would write each id of a list in a form of its own, which no row on SQLite has.
        foreach (var list in new[] { typeof(Guid[]), typeof(List<Guid>), typeof(HashSet<Guid>) })
            SqlMapper.AddTypeHandler(list, new IdsHandler());
        return true;
    }

    private sealed class InstantHandler : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = value is DateTimeOffset instant ? Instant.Of(instant) : DBNull.Value;
        }

        public object? Parse(Type destinationType, object value) => value is DBNull ? null : Instant.From((long)value);
    }

    private sealed class IdHandler : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value)
        {
            if (parameter is NpgsqlParameter postgres)
                postgres.NpgsqlDbType = NpgsqlDbType.Uuid;
            parameter.Value = value is not Guid id ? DBNull.Value
                : parameter is SqliteParameter ? id.ToByteArray(bigEndian: true)
                : id;
        }

        public object? Parse(Type destinationType, object value) => value is DBNull ? null : value is byte[] bytes ? new Guid(bytes, bigEndian: true) : (Guid)value;
    }

    /// <summary>An array on PostgreSQL, a JSON array of hexadecimal ids on SQLite; see <see cref="Session.AnyOf"/>.</summary>
    private sealed class IdsHandler : SqlMapper.ITypeHandler
    {
        public void SetValue(IDbDataParameter parameter, object value)
        {
            var ids = ((IEnumerable<Guid>)value).ToArray();
            if (parameter is NpgsqlParameter postgres)
            {
                postgres.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid;
                postgres.Value = ids;
                return;
            }

            parameter.Value = $"[{string.Join(',', ids.Select(id => $"\"{id:N}\""))}]";
        }

        public object Parse(Type destinationType, object value) => value;
    }

    /// <summary>SQLite knows one integer: a record's constructor is found by names alone, and Dapper converts the values.</summary>
    private sealed class RecordMap(Type type) : SqlMapper.ITypeMap
    {
        private readonly DefaultTypeMap exact = new(type);

        public ConstructorInfo? FindConstructor(string[] names, Type[] types) =>
            exact.FindConstructor(names, types) ?? type
                .GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .FirstOrDefault(constructor => Fits(constructor.GetParameters(), names));

        public ConstructorInfo? FindExplicitConstructor() => exact.FindExplicitConstructor();

        public SqlMapper.IMemberMap? GetConstructorParameter(ConstructorInfo constructor, string columnName) =>
            exact.GetConstructorParameter(constructor, columnName);

        public SqlMapper.IMemberMap? GetMember(string columnName) => exact.GetMember(columnName);

        private static bool Fits(ParameterInfo[] parameters, string[] names) =>
            parameters.Length == names.Length
            && parameters.Zip(names).All(pair => string.Equals(
                pair.First.Name,
                pair.Second.Replace("_", "", StringComparison.Ordinal),
                StringComparison.OrdinalIgnoreCase));
    }
}
