import Contract
import Core

/// Finds the files of plugins and starts workers for them. All calls are on the main thread.
@MainActor
public protocol PluginCatalog: AnyObject {
    /// The folders that are searched, the first one first, for messages.
    var folders: [String] { get }
    /// The ids of all plugins, sorted.
    var available: [String] { get }
    /// Returns the file of a plugin, or why there is none that may be loaded.
    func find(_ id: String) -> PluginFile
    /// Returns the path of a plugin's file, whether or not it may be loaded; nil: there is no file.
    func path(of id: String) -> String?
    /// Returns numbers that change with the file's content, rights or replacement; nil: there is no file.
    func identity(of path: String) -> [Int]?
    /// Returns why a file must not be loaded, in one sentence; nil: it may be loaded.
    func doubt(about path: String) -> String?

    /// Starts a worker that loads a plugin's file.
    ///
    /// - Parameter mayGainPrivileges: Whether programs started by the plugin may gain privileges, for example by
    ///   sudo.
    /// - Throws: A failure whose cause is `workerNotStarted`.
    func launch(_ path: String, mayGainPrivileges: Bool) throws(Failure) -> any WorkerConnection
}

/// The result of the search for a plugin's file.
public enum PluginFile {
    case file(String)
    /// There is a file that must not be loaded, for the reason in this sentence.
    case untrusted(String)
    case missing
}

/// The connection to a running worker: messages in both directions, and its end. All calls and callbacks are on the
/// main thread.
@MainActor
public protocol WorkerConnection: AnyObject {
    /// Called with each message of the worker, in order.
    var onMessage: (WorkerMessage) -> Void { get set }
    /// Called with text that the plugin wrote to standard output or standard error.
    var onOutput: (String) -> Void { get set }
    /// Called once, when the worker has ended by itself or by ``kill(_:)``.
    var onEnd: (Failure.WorkerEnd) -> Void { get set }
    /// The processor time that the worker has used so far, in nanoseconds.
    var processorTime: UInt64 { get }
    /// The last line that the plugin wrote to its output since its last answer; empty: none.
    var lastLine: String { get }

    /// Queues a message. `message` is called when the worker can take it, and builds it then.
    func send(_ message: @escaping () -> HostMessage)
    /// Kills the worker and all processes that it started, and calls ``onEnd`` with `reason`. Without effect after
    /// its end.
    func kill(_ reason: Failure.WorkerEnd)
}
