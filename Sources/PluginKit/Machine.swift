import CPosix

/// The machine whose values are collected: this one, or a captured one below a root directory.
///
/// Paths are those of the machine ("/proc/stat"); the root is prepended here. With a root set, no program is run:
/// its captured output is read from `ROOT/commands`. One object serves one widget and may be kept as long as the
/// widget.
public final class Machine {
    /// The root directory of a captured machine; empty for this machine.
    public let root: String
    /// The host's name as the layout or the configuration has it; empty for a widget that reads documents of many
    /// hosts.
    public let name: String

    /// Whether files of a captured machine are read. Its services cannot be asked.
    public var isCaptured: Bool { !root.isEmpty }

    init(root: String, name: String) {
        self.root = root
        self.name = name
    }

    /// The text of a file, with invalid UTF-8 replaced; nil where the file is missing, unreadable, larger than 64
    /// MiB, or disappears while it is read.
    public func text(_ path: String) -> String? {
        var text: String?
        try? readBytes(path) { bytes in text = String(decoding: bytes, as: UTF8.self) }
        return text
    }

    /// The text of a file. Throws `unavailable` where it is missing, `denied` without permission, else `failed`;
    /// the sentence names the path.
    public func read(_ path: String) throws(PluginError) -> String {
        var text = ""
        try readBytes(path) { bytes in text = String(decoding: bytes, as: UTF8.self) }
        return text
    }

    /// The number that is the whole content of a file, as in /sys; nil for anything else.
    public func number(_ path: String) -> Double? {
        guard let text = text(path) else { return nil }
        return Double(text: text.trimmed)
    }

    /// Calls `body` with the bytes of a file, which are valid during the call only. Avoids a copy where a large
    /// file is read on every tick. Errors are those of ``read(_:)``.
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

    /// The names in a directory, sorted, without "." and ".."; empty where it cannot be read.
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

    /// Whether a file or directory exists.
    public func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

    /// The target of a symbolic link as it is stored; nil where there is none. Of a captured machine also a file that
    /// holds the target: copies through file systems without links, and through git without them, have these.
    public func link(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = readlink(root + path, buffer.baseAddress!, buffer.count)
            guard count > 0 else { return isCaptured ? text(path)?.trimmed : nil }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(count), as: UTF8.self)
        }
    }

    /// The path with all links resolved, without the root of a captured machine; nil where it does not exist.
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
