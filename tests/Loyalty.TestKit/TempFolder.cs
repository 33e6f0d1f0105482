namespace Loyalty.TestKit;

/// <summary>A folder of its own in the system's temporary folder, gone with its contents on dispose.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Creates the folder; the name tells whose it is.</summary>
    public TempFolder(string name = "test") => FullPath = Directory.CreateTempSubdirectory($"loyalty-{name}-").FullName;

    /// <summary>The absolute path.</summary>
    public string FullPath { get; }

    /// <summary>The absolute path of something in it.</summary>
    public string this[string relative] => Path.Combine(FullPath, relative);

    /// <inheritdoc />
    public void Dispose()
    {
        // What a just killed server's children still write may come between listing and deleting.
        for (var attempt = 1; Directory.Exists(FullPath); attempt++)
        {
            try
            {
                Directory.Delete(FullPath, recursive: true);
            }
            catch (IOException) when (attempt < 10)
            {
                Thread.Sleep(20);
            }
        }
    }
}
