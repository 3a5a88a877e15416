import Contract
import Core

/// Waits for a plugin to load, to learn what it reads and which of its metrics stand for it. It has no instance.
@MainActor
public final class PluginProbe: PluginSupervisor.Client {
    let id: UInt32
    /// The plugin's id.
    public let plugin: String
    /// What the plugin declares; nil: it has not loaded.
    public private(set) var description: PluginDescription?
    /// Why it has not loaded, or does not run any more.
    public private(set) var failure: Failure?
    var onLoaded: (PluginDescription) -> Void = { _ in }
    var onFailure: () -> Void = {}

    init(id: UInt32, plugin: String) {
        self.id = id
        self.plugin = plugin
    }

    /// It has not loaded, and never had, though there is a file of it: nobody knows what it would show.
    public var isBlind: Bool {
        guard description == nil, let failure else { return false }
        if case .missingFile(_, folder: "") = failure.cause { return false }
        return true
    }

    /// It has loaded or failed.
    public var isSettled: Bool { description != nil || failure != nil }

    let hasInstance = false
    let showsValues = false
    let servedHost: String? = nil
    let mayGainPrivileges = false

    func request(for description: PluginDescription) -> Result<CreateRequest, Failure> {
        .failure(Failure(.unavailable, .plugin("\(plugin) has no instance here")))
    }

    func begin(_ standing: PluginSupervisor.Standing) {
        switch standing {
        case .awaited: break
        case .loaded(let description): pluginLoaded(description)
        case .failed(let failure): pluginLost(failure)
        }
    }

    func pluginLoaded(_ description: PluginDescription) {
        failure = nil
        self.description = description
        onLoaded(description)
    }

    func pluginReplaced(_ description: PluginDescription) { pluginLoaded(description) }

    func pluginLost(_ failure: Failure) {
        self.failure = failure
        onFailure()
    }

    func pluginIsLate(_ nanoseconds: UInt64) {}
    func answered(_ message: WorkerMessage) {}
}
