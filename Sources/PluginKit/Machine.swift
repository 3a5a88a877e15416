import CPosix

/// The machine that is collected: this one, or a captured one under a root directory.
///
/// Paths are those of the machine ("/proc/stat"); the root is put before them here. With a root set, a program
/// is not run: its captured answer is read from `ROOT/commands`.
public final class Machine {
    public let root: String
    public let name: String

    /// A captured machine has no running services to ask.
    public var isCaptured: Bool { !root.isEmpty }

    init(root: String, name: String) {
        self.root = root
        self.name = name
    }

    /// The file's text, or nil when it is missing, unreadable, or vanishes while it is read.
    public func text(_ path: String) -> String? {
        var text: String?
        try? readBytes(path) { bytes in text = String(decoding: bytes, as: UTF8.self) }
        return text
    }

    /// The file's text; the error names the path and what to do.
    public func read(_ path: String) throws(PluginError) -> String {
        var text = ""
        try readBytes(path) { bytes in text = String(decoding: bytes, as: UTF8.self) }
        return text
    }

    /// A number alone in a file, as in /sys.
    public func number(_ path: String) -> Double? {
        guard let text = text(path) else { return nil }
        return Double(text: text.trimmed)
    }

    /// Lends the file's bytes, for text too long to copy on every tick.
    public func readBytes(
        _ path: String, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(PluginError) {
        var data: UnsafeMutablePointer<UInt8>?
        var length = 0
        let code = (root + path).withCString { cposix_read_file($0, 64 << 20, &data, &length) }
        guard code == 0, let data else { throw Self.error(code, path: root + path) }
        body(UnsafeRawBufferPointer(start: data, count: length))
        free(data)
    }

    /// The names in a directory, sorted; empty when there is no such directory.
    public func names(in path: String) -> [String] {
        guard let directory = opendir(root + path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

    /// Where a symbolic link points, as written.
    public func link(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = readlink(root + path, buffer.baseAddress!, buffer.count)
            guard count > 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(count), as: UTF8.self)
        }
    }

    /// A path with all links resolved, as the machine sees it.
    public func resolve(_ path: String) -> String? {
        guard let resolved = realpath(root + path, nil) else { return nil }
        defer { free(resolved) }
        let text = String(cString: resolved)
        guard isCaptured, let base = realpath(root, nil) else { return text }
        defer { free(base) }
        let prefix = String(cString: base)
        return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.utf8.count)) : text
    }

    private static func error(_ code: Int32, path: String) -> PluginError {
        let reason = String(cString: strerror(code))
        switch code {
        case EACCES, EPERM: return .denied("\(path): \(reason); run as root or give read permission")
        case ENOENT: return .unavailable("\(path): \(reason)")
        default: return .failed("\(path): \(reason)")
        }
    }
}
