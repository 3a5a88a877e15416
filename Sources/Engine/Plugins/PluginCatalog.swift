import Contract
import Core

/// Finds the plugins that there are and starts workers for them.
@MainActor
public protocol PluginCatalog: AnyObject {
    /// The folders that are looked in, the first one first, for messages.
    var folders: [String] { get }
    /// Ids of all plugins that there are, sorted.
    var available: [String] { get }
    /// Returns the file of a plugin, or why there is none to load.
    func find(_ id: String) -> PluginFile
    /// Returns the path of a plugin's file, be it trusted or not; nil: there is none.
    func path(of id: String) -> String?
    /// Returns what tells whether a file is still the same one; nil: it is not there.
    func identity(of path: String) -> [Int]?
    /// Returns why a file must not be loaded, in one sentence; nil: it may be.
    func doubt(about path: String) -> String?

    /// Starts a worker that loads a plugin's file.
    ///
    /// - Parameter mayGainPrivileges: The programs that the plugin starts may gain rights, by sudo for one.
    /// - Throws: A failure whose cause is `workerNotStarted`.
    func launch(_ path: String, mayGainPrivileges: Bool) throws(Failure) -> any WorkerConnection
}

/// What a plugin's id stands for.
public enum PluginFile {
    case file(String)
    /// A file is there and is not loaded; one sentence why.
    case untrusted(String)
    case missing
}

/// A running worker: messages to it, messages from it, and its end. All calls and callbacks are on the engine's thread.
@MainActor
public protocol WorkerConnection: AnyObject {
    /// Called with each message, in order.
    var onMessage: (WorkerMessage) -> Void { get set }
    /// Called with what the plugin wrote to standard output or error.
    var onOutput: (String) -> Void { get set }
    /// Called once, when the worker has ended by itself or by ``kill(_:)``.
    var onEnd: (Failure.WorkerEnd) -> Void { get set }
    /// Nanoseconds of processor time used so far.
    var processorTime: UInt64 { get }
    /// The last line that the plugin wrote since its last answer.
    var lastLine: String { get }

    /// Sends a message. `message` is called when the worker has room for it.
    func send(_ message: @escaping () -> HostMessage)
    /// Ends the worker and all that it started, and calls ``onEnd`` with the reason.
    func kill(_ reason: Failure.WorkerEnd)
}
