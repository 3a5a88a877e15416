import Contract
import Core

/// A client of a plugin that only obtains its description, without an instance. Used on the main thread only.
@MainActor
public final class PluginProbe: PluginSupervisor.Client {
    let id: UInt32
    /// The plugin's id.
    public let plugin: String
    /// The plugin's description; nil: it has not loaded.
    public private(set) var description: PluginDescription?
    /// Why the plugin has not loaded, or has stopped; nil: it has not failed.
    public private(set) var failure: Failure?
    var onLoaded: (PluginDescription) -> Void = { _ in }
    var onFailure: () -> Void = {}

    init(id: UInt32, plugin: String) {
        self.id = id
        self.plugin = plugin
    }

    /// Whether the plugin has a file but has never loaded, so that its values are unknown.
    public var isBlind: Bool {
        guard description == nil, let failure else { return false }
        if case .missingFile(_, folder: "") = failure.cause { return false }
        return true
    }

    /// Whether the plugin has loaded or failed.
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
