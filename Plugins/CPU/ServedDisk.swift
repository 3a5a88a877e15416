import PluginJSON
import PluginKit

/// The file system of a host that the summary of its services document tells of, without its mount point. Its units
/// are powers of 1024.
struct ServedDisk {
    /// Stands in the place of the mount point.
    static let name = "disk"

    private let used: Double?
    private let size: Double?

    /// Nil where the summary tells nothing of it that can be true.
    init?(_ summary: DocumentObject) {
        let unit = DocumentUnit.gigabyte
        let used = summary.number("disk_used_gb", .storage, times: unit)
        size = summary.number("disk_total_gb", .capacity, times: unit)
        if let used, let size, used > size * 1.01 {
            summary.isImpossible(
                "disk_used_gb", Format.number(used / unit, unit: ""),
                "disk_total_gb is \(Format.number(size / unit, unit: ""))")
            self.used = nil
        } else {
            self.used = used
        }
        if self.used == nil && size == nil { return nil }
    }

    func emit(into sink: Sink) {
        let instance = "fs:" + Self.name
        if let used, let size { sink.emit(diskPercent, min(100 * used / size, 100), of: instance) }
        sink.emit(diskUsed, used, of: instance)
        sink.emit(diskSize, size, of: instance)
    }
}
