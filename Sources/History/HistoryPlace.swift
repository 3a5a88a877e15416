import CPosix
import Glibc
import Platform

/// The files of the history in one folder.
public struct HistoryPlace: Sendable, Equatable {
    /// The folder.
    public let folder: String
    /// The database.
    public var database: String { "\(folder)/history.db" }
    /// The file that whoever records locks. It is never replaced.
    var lock: String { "\(folder)/history.lock" }

    /// Creates a place in a folder, which need not exist.
    public init(folder: String) { self.folder = folder }

    /// Whether a database is there.
    public var exists: Bool {
        var info = stat()
        return stat(database, &info) == 0
    }

    /// What tells the database from another one that takes its place; nil: there is none.
    var identity: FileIdentity? {
        var info = stat()
        return stat(database, &info) == 0 ? FileIdentity(device: info.st_dev, number: info.st_ino) : nil
    }

    /// The bytes on the disk, of all files.
    public var size: Int64 {
        ["", "-wal", "-shm"].reduce(0) { sum, ending in
            var info = stat()
            return stat(database + ending, &info) == 0 ? sum + Int64(info.st_blocks) * 512 : sum
        }
    }

    /// Throws where the locks of files cannot be relied upon.
    func checkFileSystem() throws(HistoryError) {
        var name = [CChar](repeating: 0, count: 64)
        guard cposix_is_network(folder, &name, name.count) == 1 else { return }
        let type = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw HistoryError(
            .network,
            "the history cannot be kept in \(folder): it lies on a network file system (\(type)); "
                + "set XDG_STATE_HOME to a folder of this machine")
    }
}

/// Identifies a file, whatever its name.
struct FileIdentity: Equatable {
    let device: dev_t
    let number: ino_t
}

/// The right to record: one program on a machine has it at a time. Another one reads.
final class RecordingLock {
    private let file: Int32

    /// Takes the right; nil: another program has it.
    init?(_ place: HistoryPlace) throws(HistoryError) {
        file = open(place.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o600)
        guard file >= 0 else {
            let code = cposix_errno()
            let kind: HistoryError.Kind = code == EROFS || code == EACCES ? .readOnly : .other
            throw HistoryError(kind, "\(place.lock) cannot be opened: \(String(cString: strerror(code)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) != 0 else { return }
        let code = cposix_errno()
        guard code != EWOULDBLOCK else { return nil }
        throw HistoryError(.other, "\(place.lock) cannot be locked: \(String(cString: strerror(code)))")
    }

    /// Closing the file releases the lock.
    deinit { close(file) }
}
