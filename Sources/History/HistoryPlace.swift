import CPosix
import Glibc
import Platform

/// The files of the history in one folder.
public struct HistoryPlace: Sendable, Equatable {
    /// The folder.
    public let folder: String
    /// The name of the database's file without its ending.
    private var name = "history"
    /// The database.
    public var database: String { "\(folder)/\(name).db" }
    /// The file that whoever records locks. It is never replaced.
    var lock: String { "\(folder)/history.lock" }

    /// Creates a place in a folder, which need not exist.
    public init(folder: String) { self.folder = folder }

    /// The place in the same folder where a new database is made of a damaged one.
    var salvaged: HistoryPlace {
        var place = self
        place.name = "history-salvaged"
        return place
    }

    /// The endings of a database's files.
    static let endings = ["", "-wal", "-shm"]

    /// The bytes of the write-ahead log.
    var logSize: Int64 {
        var info = stat()
        return stat(database + "-wal", &info) == 0 ? Int64(info.st_size) : 0
    }

    /// Which file the database is; nil: there is none.
    var identity: FileIdentity? { FileIdentity(database) }

    /// Whether a database is there.
    public var exists: Bool {
        var info = stat()
        return stat(database, &info) == 0
    }

    /// The bytes on the disk, of all files.
    public var size: Int64 {
        Self.endings.reduce(0) { sum, ending in
            var info = stat()
            return stat(database + ending, &info) == 0 ? sum + Int64(info.st_blocks) * 512 : sum
        }
    }

    /// Throws where what has the database's name is no file: to open a pipe would wait for its other end.
    func checkFile() throws(HistoryError) {
        var info = stat()
        guard stat(database, &info) == 0, info.st_mode & S_IFMT != S_IFREG else { return }
        throw HistoryError(.other, "\(database) is no file; move it away")
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

/// Tells files apart, whatever their names are.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64

    /// nil: there is no file of this name.
    init?(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        self.init(info)
    }

    fileprivate init(_ info: stat) {
        device = UInt64(info.st_dev)
        number = UInt64(info.st_ino)
    }
}

/// The right to record: one program on a machine has it at a time. Another one reads.
final class RecordingLock {
    private let file: Int32
    private let path: String

    /// Whether the locked file is the one that others find.
    var isInPlace: Bool {
        var info = stat()
        return fstat(file, &info) == 0 && FileIdentity(info) == FileIdentity(path)
    }

    /// Takes the right; nil: another program has it.
    init?(_ place: HistoryPlace) throws(HistoryError) {
        path = place.lock
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
