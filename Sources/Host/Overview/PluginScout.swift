import Contract
import Core

/// Waits for a plugin to load, to learn what it reads and which of its metrics stand for it. It has no instance.
@MainActor
final class PluginScout: PluginSupervisor.Client {
    let id: UInt32
    let plugin: String
    private(set) var description: PluginDescription?
    private(set) var failure: Failure?
    var onLoaded: (PluginDescription) -> Void = { _ in }
    var onChange: () -> Void = {}

    init(id: UInt32, plugin: String) {
        self.id = id
        self.plugin = plugin
    }

    /// There is no file of it, so nothing that it could have said.
    private var isMissing = false
    /// It has not loaded, and never had.
    var isBlind: Bool { description == nil && failure != nil && !isMissing }
    var isSettled: Bool { description != nil || failure != nil }

    let isServed = false
    let showsValues = false
    let feeder: String? = nil
    let mayGainPrivileges = false

    func request(for description: PluginDescription) -> Result<CreateRequest, Failure> {
        .failure(Failure(.unavailable, "\(plugin) has no instance here"))
    }

    func pluginLoaded(_ description: PluginDescription) {
        failure = nil
        self.description = description
        onLoaded(description)
    }

    func pluginReplaced(_ description: PluginDescription) { pluginLoaded(description) }

    func pluginMissing(available: [String], folders: [String]) {
        isMissing = true
        fail(PluginFolder.missing(plugin, available: available, folders: folders))
    }

    func pluginLost(_ failure: Failure) {
        isMissing = false
        fail(failure.sentence)
    }

    private func fail(_ sentence: String) {
        failure = Failure(.failed, sentence)
        onChange()
    }

    func pluginIsLate(_ nanoseconds: UInt64) {}
    func answered(_ message: WorkerMessage) {}
}
