import PluginKit

/// The datasets of ZFS as `zfs list` tells of them: statvfs(3) leaves out volumes, snapshots, and what is below a
/// dataset.
final class Datasets {
    private struct Entry {
        let used, available: Double
        /// Whether a limit of its own holds for the dataset and all below it.
        let hasQuota: Bool
    }

    private var entries: [String: Entry] = [:]
    private var command: Command?
    private var due = -Double.infinity

    /// Seconds between two lists, and until one is given up.
    private static let (interval, patience) = (60.0, 20.0)
    /// Milliseconds would do on most machines; the first picture waits that long.
    private static let firstWait = 0.2

    /// The name of a mount's pool: "tank" of "tank/media".
    static func pool(of mount: Mount) -> String { mount.source.split(on: UInt8(ascii: "/"))[0] }

    /// Starts the program, or takes what it has said. Without the program, or with a pool that does not answer, there
    /// are no entries.
    func update(_ machine: Machine, at now: Double) {
        if command == nil && now >= due {
            due = now + Self.interval
            command = try? Command(
                ["zfs", "list", "-Hp", "-o", "name,used,available,quota"], timeout: Self.patience, on: machine
            )
        }
        guard let result = command?.wait(upTo: entries.isEmpty ? Self.firstWait : 0) else { return }
        command = nil
        entries = [:]
        guard result.status == 0 else { return }
        for line in result.output.lines {
            let words = line.split(on: UInt8(ascii: "\t"))
            guard words.count == 4, let used = Quantity.count.possible(Double(text: words[1])),
                let available = Quantity.count.possible(Double(text: words[2]))
            else { continue }
            entries[words[0]] = Entry(
                used: used, available: available, hasQuota: (Double(text: words[3]) ?? 0) > 0)
        }
    }

    /// The usage of what limits the datasets of a place: of the whole pool, or of the quota of the first of them.
    /// nil where it is not known.
    func usage(of place: Disks.Place) -> Usage? {
        let pool = Self.pool(of: place.mount)
        if let entry = entries[place.mount.source], entry.hasQuota {
            return Usage(used: entry.used, available: entry.available)
        }
        guard place.isWholePool, let entry = entries[pool] else { return nil }
        return Usage(used: entry.used, available: entry.available)
    }
}
