import CPosix
import Core
import Glibc
import HostJSON
import Platform

/// The JSON file with the hosts in maintenance, shared by all programs of one user and replaced atomically.
///
/// A file with mistakes, or of a newer version, is never overwritten, since it may hold entries of another program.
@MainActor
enum MaintenanceFile {
    /// The path of the file; nil: there is no home directory.
    static var path: String? { StateFolder.path.map { "\($0)/maintenance.json" } }

    /// Returns the content; without a file or a home directory no host is in maintenance.
    static func read() throws(MaintenanceError) -> Maintenance {
        guard let path else { return Maintenance() }
        var info = stat()
        // A dangling link counts as an existing file, since its target may be unavailable for the moment.
        if lstat(path, &info) != 0, cposix_errno() == ENOENT { return Maintenance() }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try Files.read(path) } catch {
            throw MaintenanceError(sentence: "\(path) cannot be read: \(error.reason)")
        }
        do throws(MaintenanceDocument.Mistake) { return try MaintenanceDocument.read(bytes) } catch {
            throw MaintenanceError(sentence: "\(path): \(error.sentence)", isMistake: true)
        }
    }

    /// Reads the file, changes it, and returns the new content.
    ///
    /// - Parameter patience: Nanoseconds to wait for the lock of another program that is writing.
    @discardableResult
    static func change(
        _ hosts: [String], isOn: Bool, at seconds: Int64, until: Int64? = nil,
        patience: UInt64 = 1_000_000_000
    ) throws(MaintenanceError) -> Maintenance {
        guard let path, let folder = StateFolder.path else { throw MaintenanceError(sentence: homeless) }
        do throws(SystemError) { try StateFolder.make(folder) } catch {
            throw MaintenanceError(sentence: error.sentence)
        }
        let lock = try locked(path, patience)
        // Closing the file releases the lock.
        defer { close(lock) }
        let old = try read()
        var new = old
        new.set(hosts, isOn: isOn, at: seconds, until: until)
        guard new != old else { return new }
        // The target of a link is replaced, not the link.
        do throws(SystemError) {
            try WholeFile.replace(Files.real(path) ?? path, with: MaintenanceDocument.bytes(of: new))
        } catch { throw MaintenanceError(sentence: error.sentence) }
        return new
    }

    static let homeless =
        "neither XDG_STATE_HOME, HOME nor the user database says where to keep who is in maintenance; set HOME"

    /// Locks a separate file that is never replaced, because the data file is another one after each change.
    private static func locked(_ path: String, _ patience: UInt64) throws(MaintenanceError) -> Int32 {
        let name = "\(path).lock"
        let file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o600)
        guard file >= 0 else {
            throw MaintenanceError(
                sentence: "\(name) cannot be opened: \(String(cString: strerror(cposix_errno())))")
        }
        var info = stat()
        guard fstat(file, &info) == 0, Int32(info.st_mode) & S_IFMT == S_IFREG else {
            close(file)
            throw MaintenanceError(sentence: "\(name) cannot be locked: it is no regular file")
        }
        let deadline = cposix_monotonic() + patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let code = cposix_errno()
            if code == EWOULDBLOCK || code == EINTR, cposix_monotonic() < deadline {
                usleep(10_000)
                continue
            }
            close(file)
            let reason =
                code == EWOULDBLOCK ? "another program holds it; try again" : String(cString: strerror(code))
            throw MaintenanceError(sentence: "\(name) cannot be locked: \(reason)")
        }
        return file
    }
}

/// Conversion between the bytes of the file and ``Maintenance``.
private enum MaintenanceDocument {
    /// A mistake in the file, with the remedy.
    struct Mistake: Error {
        let sentence: String

        init(sentence: String) { self.sentence = sentence }
        init(_ what: String) { sentence = "\(what); mend the file, or move it away" }
    }

    private static let version = 1

    static func read(_ bytes: [UInt8]) throws(Mistake) -> Maintenance {
        guard !bytes.isEmpty else { throw Mistake("the file is empty") }
        let json: JSON
        do throws(JSON.Mistake) { json = try JSON(bytes) } catch { throw Mistake("this is no JSON") }
        let document = try MaintenanceObject(json, at: [])
        let found = try document.whole("version", in: 1..<1e15, expected: "\(version)")
        // The remaining content of a newer version cannot be checked.
        guard found == version else {
            throw Mistake(
                sentence: "the file is of version \(found), and this cm-dashboard reads no version above"
                    + " \(version); use a newer cm-dashboard, or move the file away")
        }
        try document.checkKeys(["version", "hosts"])
        let hosts = try document.object("hosts")
        var spans: [(name: String, since: Int64, until: Int64?)] = []
        for name in hosts.names {
            let host = try hosts.object(name)
            try host.checkKeys(["since", "until"])
            let since = try host.seconds("since")
            spans.append((name, since, host.isAbsent("until") ? nil : try host.seconds("until")))
        }
        return Maintenance(hosts: spans)
    }

    static func bytes(of maintenance: Maintenance) -> [UInt8] {
        var hosts: [String: JSONValue] = [:]
        for host in maintenance.hosts {
            var span: [String: JSONValue] = ["since": .whole(host.since)]
            if let until = host.until { span["until"] = .whole(until) }
            hosts[host.name] = .object(span)
        }
        let document = JSONValue.object(["version": .whole(Int64(version)), "hosts": .object(hosts)])
        return Array(document.page.utf8)
    }
}

/// An object in the file, with the path of keys to it, for messages.
private struct MaintenanceObject {
    private static let secondsAreExpected = "whole Unix seconds before the year 10000"

    private let members: [String: JSON]
    private let path: [String]

    init(_ json: JSON, at path: [String]) throws(MaintenanceDocument.Mistake) {
        guard json.isObject else { throw Self.mismatch(path, expected: "an object: {…}") }
        members = Dictionary(json.members.map { ($0.key, $0.value) }) { $1 }
        self.path = path
    }

    var names: [String] { members.keys.sorted() }

    /// Whether a member is missing or null.
    func isAbsent(_ key: String) -> Bool { members[key]?.isNull ?? true }

    func object(_ key: String) throws(MaintenanceDocument.Mistake) -> MaintenanceObject {
        try MaintenanceObject(try member(key), at: path + [key])
    }

    /// Returns a member as Unix seconds. The bound, the year 10000, rejects milliseconds.
    func seconds(_ key: String) throws(MaintenanceDocument.Mistake) -> Int64 {
        Int64(try whole(key, in: 0..<253_402_300_800, expected: Self.secondsAreExpected))
    }

    func whole(
        _ key: String, in range: Range<Double>, expected: String
    ) throws(MaintenanceDocument.Mistake) -> Int {
        guard let number = try member(key).number else {
            throw Self.mismatch(path + [key], expected: expected)
        }
        guard range.contains(number), let whole = Int(exactly: number) else {
            let shown = Int(exactly: number).map(String.init) ?? "\(number)"
            throw mistake(key, "is \(shown); expected \(expected)")
        }
        return whole
    }

    /// Rejects unknown keys, which the next change would remove.
    func checkKeys(_ known: [String]) throws(MaintenanceDocument.Mistake) {
        for key in names where !known.contains(key) {
            throw mistake(key, "is no key that is known; expected \(known.joined(separator: " or "))")
        }
    }

    private func member(_ key: String) throws(MaintenanceDocument.Mistake) -> JSON {
        guard let member = members[key] else {
            throw MaintenanceDocument.Mistake("there is no \(Self.place(path + [key]))")
        }
        return member
    }

    private func mistake(_ key: String, _ what: String) -> MaintenanceDocument.Mistake {
        MaintenanceDocument.Mistake("\(Self.place(path + [key])) \(what)")
    }

    private static func mismatch(_ path: [String], expected: String) -> MaintenanceDocument.Mistake {
        MaintenanceDocument.Mistake("\(place(path)) is of the wrong kind; expected \(expected)")
    }

    /// Returns the quoted path: `"hosts.srv01.since"`.
    private static func place(_ path: [String]) -> String {
        path.isEmpty ? "the file" : Problem.quoted(path.joined(separator: "."))
    }
}

/// Why the marks of maintenance cannot be read or changed.
struct MaintenanceError: Error {
    let sentence: String
    /// Whether the content of the file is wrong; otherwise the file could not be read or written.
    var isMistake = false
}
