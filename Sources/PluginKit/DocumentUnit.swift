/// The bytes of the units that documents over HTTP use, the same in every document and for every plugin.
public enum DocumentUnit {
    /// Memory: a `_mb` of a document counts in powers of 1024, as the kernel does.
    public static let megabyte = 1_048_576.0
    /// Storage: a `_gb` of a document counts in powers of 1000, as makers of drives do.
    public static let gigabyte = 1e9
}
