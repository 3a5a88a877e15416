import CPosix
import Core

/// The folder of what this program keeps between its runs: `$XDG_STATE_HOME/cm-dashboard`.
@MainActor
public enum StateFolder {
    /// The path of the folder, which need not exist; nil: neither the environment nor the user database names a home.
    public static var path: String? {
        // The specification of XDG_STATE_HOME requires that a relative path is ignored.
        if let folder = Files.environment("XDG_STATE_HOME"), folder.utf8.first == UInt8(ascii: "/") {
            return "\(folder)/cm-dashboard"
        }
        return Files.home.map { "\($0)/.local/state/cm-dashboard" }
    }

    /// Creates a folder with its missing parents, each for this user only, as the specification of XDG_STATE_HOME
    /// requires.
    public nonisolated static func make(_ path: String) throws(SystemError) {
        if path.isEmpty || isFolder(path) { return }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) { try make(String(path[..<slash])) }
        guard mkdir(path, 0o700) != 0 else { return }
        let code = cposix_errno()
        // Another program may have created it meanwhile.
        if isFolder(path) { return }
        throw SystemError("the folder \(path) cannot be made: \(String(cString: strerror(code)))")
    }

    private nonisolated static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && Int32(info.st_mode) & S_IFMT == S_IFDIR
    }
}
