import Contract
import Core
import Engine

/// The plugins in a set of folders, with workers as processes of this machine.
@MainActor
public final class PluginLauncher: PluginCatalog {
    /// The folders that are searched.
    public let folder: PluginFolder
    private let loop: EventLoop

    /// Creates a launcher whose workers use `loop`, which it retains.
    public init(_ folder: PluginFolder, loop: EventLoop) {
        self.folder = folder
        self.loop = loop
    }

    public var folders: [String] { folder.folders }
    public var available: [String] { folder.available }
    public func find(_ id: String) -> PluginFile { folder.find(id) }
    public func path(of id: String) -> String? { folder.path(of: id) }
    public func identity(of path: String) -> [Int]? { Files.identity(of: path) }
    public func doubt(about path: String) -> String? { folder.doubt(about: path) }

    public func launch(_ path: String, mayGainPrivileges: Bool) throws(Failure) -> any WorkerConnection {
        try WorkerProcess(
            program: folder.worker, plugin: path, mayGainPrivileges: mayGainPrivileges, loop: loop)
    }
}
