import CPosix

/// Reads files and folders without Foundation, which would take more memory than the rest of the program. Any thread.
public enum Files {
    /// Returns the last component of a path.
    public static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Returns the content of a regular file. Anything else, such as a FIFO or a device, is neither waited for nor read.
    ///
    /// - Parameter limit: The largest accepted size in bytes.
    /// - Throws: ``FileError`` when the file cannot be read or is larger than `limit`.
    public static func read(_ path: String, atMost limit: Int = 16 << 20) throws(FileError) -> [UInt8] {
        var data: UnsafeMutablePointer<UInt8>?
        var length = 0
        let code = cposix_read_file(path, limit, &data, &length)
        guard code == 0, let data else {
            throw FileError(
                path: path,
                reason: code == ENOTSUP ? "it is no regular file" : String(cString: strerror(code)))
        }
        defer { free(data) }
        return Array(UnsafeBufferPointer(start: data, count: length))
    }

    /// Returns the names in a folder, sorted; empty when the folder cannot be read.
    public static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
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

    /// Whether a path is a regular file with a single name: not a symbolic link, and without further hard links.
    public static func isPlain(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && Int32(info.st_mode) & S_IFMT == S_IFREG && info.st_nlink == 1
    }

    /// Returns numbers that change with the file's content, rights or replacement; nil: there is no file.
    public static func identity(of path: String) -> [Int]? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return [
            Int(info.st_dev), Int(info.st_ino), Int(info.st_size), info.st_ctim.tv_sec, info.st_ctim.tv_nsec,
            // Some file systems of a network keep no time of the last change.
            info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
        ]
    }

    /// Returns numbers that tell a folder from every other one; nil: there is none.
    static func place(of path: String) -> [UInt64]? {
        var info = stat()
        return stat(path, &info) == 0 ? [UInt64(info.st_dev), UInt64(info.st_ino)] : nil
    }

    /// Returns the absolute path without symbolic links; nil: the path leads to no file.
    public static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Whether a path names something, even if that cannot be read: only a path that the system says to be missing,
    /// in a folder that is there or missing itself, is absent. A link to nowhere, a folder that may not be searched and
    /// a file in the place of a folder are not.
    public static func isNamed(_ path: String) -> Bool {
        var info = stat()
        if lstat(path, &info) == 0 || cposix_errno() != ENOENT { return true }
        // A folder that is missing for itself is as good as none; one that is a link to nowhere is a mistake.
        guard let folder = folder(of: path) else { return false }
        guard stat(folder, &info) != 0 else { return false }
        return cposix_errno() != ENOENT || isNamed(folder)
    }

    /// Returns where a link that leads nowhere points to, the path's own or that of a folder in it; nil: there is none.
    public static func danglingTarget(of path: String) -> (link: String, target: String)? {
        var info = stat()
        guard stat(path, &info) != 0, cposix_errno() == ENOENT else { return nil }
        guard lstat(path, &info) == 0 else { return folder(of: path).flatMap(danglingTarget) }
        guard Int32(info.st_mode) & S_IFMT == S_IFLNK else { return nil }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes {
            readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return count < 0 ? nil : (path, String(decoding: buffer[..<count], as: UTF8.self))
    }

    /// Returns why a file cannot be read; of a link that leads nowhere it tells where it points to.
    public static func reason(_ error: FileError) -> String {
        guard let (link, target) = danglingTarget(of: error.path) else { return error.reason }
        return "\(link == error.path ? "it" : link) is a link to \(target), which is not there"
    }

    private static func folder(of path: String) -> String? {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path == "." ? nil : "." }
        return slash == path.startIndex ? (path == "/" ? nil : "/") : String(path[..<slash])
    }

    /// Whether there is a file or folder at a path, after following symbolic links.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The folder that the program is installed in: `PREFIX` of `PREFIX/bin/cm-dashboard`.
    public static var prefix: String {
        guard let path = real("/proc/self/exe") else { return "/usr" }
        var parts = path.split(separator: "/")
        parts.removeLast(min(2, parts.count))
        return "/" + parts.joined(separator: "/")
    }

    /// Returns the value of an environment variable; nil: it is not set, or empty.
    public static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The home folder of the user: HOME, or where that is no absolute path the folder that the user database names.
    public static var home: String? {
        if let home = environment("HOME"), home.utf8.first == UInt8(ascii: "/") { return home }
        guard let home = cposix_home() else { return nil }
        defer { free(home) }
        return home.pointee == 0 ? nil : String(cString: home)
    }

    /// The name of this machine without its domain; "localhost" when it cannot be read.
    public static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(name.prefix { $0 != "." })
    }
}
