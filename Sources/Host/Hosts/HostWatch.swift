import Contract
import Core
import Engine

/// Watches hosts whether or not something of them is on the screen: what each host's own layout says, by its limits. Of a
/// host without a layout of its own it watches the default layout, and every other plugin that can read something of the
/// host.
@MainActor
final class HostWatch {
    /// What a host's layout file says.
    struct HostLayout {
        /// nil: it cannot be used.
        var layout: Layout?
        /// It is the host's own, and no default.
        var isOwn: Bool
        /// What is wrong with it, in one sentence.
        var problem: String?
    }

    private struct Watched {
        var host: HostConfiguration
        var subscriptions: [Subscription] = []
        var problem: String?
        /// Any plugin that can read something of it is watched.
        var takesAllPlugins = true
    }

    private let engine: Engine
    private let layoutOf: (HostConfiguration) -> HostLayout
    private var watched: [String: Watched] = [:]
    /// Plugins that are watched on every host, since a column shows them.
    private var columnPlugins: Set<String> = []
    private(set) var probes: [String: PluginProbe] = [:]
    /// Called when a plugin has loaded or failed.
    var onPlugin: (PluginProbe) -> Void = { _ in }

    /// - Parameter layoutOf: Returns the layout of a host.
    init(_ engine: Engine, layoutOf: @escaping (HostConfiguration) -> HostLayout) {
        self.engine = engine
        self.layoutOf = layoutOf
    }

    /// Watches these hosts, and ends watching all others. Hosts that are watched go on with their values.
    func watch(_ hosts: [HostConfiguration]) {
        let names = Set(hosts.map(\.name))
        for (name, old) in watched where !names.contains(name) {
            old.subscriptions.forEach(engine.end)
            watched[name] = nil
        }
        for host in hosts { watch(host) }
        for id in engine.pluginIds { probe(id) }
        engine.settleNeeds()
    }

    private func watch(_ host: HostConfiguration) {
        var new = Watched(host: host)
        let old = watched[host.name]?.subscriptions ?? []
        let own = layoutOf(host)
        new.takesAllPlugins = !own.isOwn || own.layout == nil
        new.problem = own.problem
        for var widget in own.layout?.widgets ?? [] where widget.host == nil || widget.host == host.name {
            guard widget.plugin != OverviewPanel.plugin else { continue }
            if widget.every == nil { widget.every = interval(of: host) }
            new.subscriptions.append(
                engine.subscribe(
                    widget, on: host.name, layout: own.layout?.source ?? "", isDrawn: false))
        }
        watched[host.name] = new
        for probe in probes.values { if let plugin = probe.description { add(plugin, to: host.name) } }
        // The new ones hold what they share with the old ones.
        old.forEach(engine.end)
    }

    /// The interval of a widget that sets none: not more often than the overview needs it.
    private func interval(of host: HostConfiguration) -> UInt64 { max(host.refresh, engine.tickInterval) }

    /// What is wrong with the layouts of hosts, each once.
    var problems: [String] {
        var found: Set<String> = []
        for host in watched.values {
            if let problem = host.problem { found.insert(problem) }
            for case .option(let problem)? in host.subscriptions.map(\.failure?.cause) {
                found.insert(problem.description)
            }
        }
        return found.sorted()
    }

    // MARK: Plugins

    /// Watches a plugin on every host, since a column shows it.
    func probe(forColumn plugin: String) {
        columnPlugins.insert(plugin)
        probe(plugin)
        if let known = probes[plugin]?.description {
            for host in watched.keys.sorted() { add(known, to: host) }
        }
    }

    /// Learns what a plugin is that has come, or that a column asks for.
    func probe(_ plugin: String) {
        guard plugin != OverviewPanel.plugin else { return }
        if probes[plugin] != nil, !engine.isUnused(plugin) { return }
        probes[plugin] = engine.probe(plugin) { [weak self] in self?.learned($0) }
    }

    private func learned(_ probe: PluginProbe) {
        if probes[probe.plugin] == nil { probes[probe.plugin] = probe }
        if let plugin = probe.description, probe.failure == nil {
            for name in watched.keys.sorted() { add(plugin, to: name) }
            if !watched.values.contains(where: { isServed($0, by: plugin) }), !watched.isEmpty {
                engine.release(probe)
            }
        }
        onPlugin(probe)
    }

    private func add(_ plugin: PluginDescription, to host: String) {
        guard let known = watched[host], known.takesAllPlugins || columnPlugins.contains(plugin.id),
            isServed(known, by: plugin),
            !known.subscriptions.contains(where: { $0.widget.plugin == plugin.id })
        else { return }
        var widget = WidgetConfiguration(name: plugin.id, plugin: plugin.id)
        widget.every = interval(of: known.host)
        watched[host]?.subscriptions.append(
            engine.subscribe(widget, on: host, layout: "", isDrawn: false))
    }

    /// Whether a plugin has something to read of a host: one of its documents, or the machine itself.
    private func isServed(_ watched: Watched, by plugin: PluginDescription) -> Bool {
        !engine.source(of: watched.host.name).servesDocuments
            || plugin.document(of: watched.host.documents) != nil
    }

    /// Everything that was asked for has been answered.
    var isSettled: Bool {
        probes.values.allSatisfy(\.isSettled)
            && watched.values.allSatisfy { $0.subscriptions.allSatisfy(\.collector.isSettled) }
    }

    /// Ticks are counted anew, and may be further apart.
    func clockIsNew() { for host in watched.values { watch(host.host) } }
}
