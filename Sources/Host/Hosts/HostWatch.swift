import Contract
import Core
import Engine

/// Monitors hosts independently of what is on the screen: the widgets of each host's own layout, with its limits. A
/// host without a layout of its own is monitored by the default layout and by every other plugin that can read its
/// documents.
@MainActor
final class HostWatch {
    /// The result of reading a host's layout.
    struct HostLayout {
        /// The layout; nil: it is unusable.
        var layout: Layout?
        /// The widgets of ``layout``; empty where it is unusable.
        var widgets: [SharedWidget] = []
        /// Whether it is the host's own layout, not the default one.
        var isOwn: Bool
        /// The mistake in it, in one sentence; nil: there is none.
        var problem: String?
    }

    private struct Watched {
        var host: HostConfiguration
        var subscriptions: [Subscription] = []
        var problem: String?
        /// Whether every plugin that can read the host's documents is used.
        var takesAllPlugins = true
        /// The widgets of a layout that is not the host's own, and its file. Each is used once its plugin has loaded and
        /// can read something of the host.
        var defaults: [SharedWidget] = []
        var layout = ""
    }

    private let engine: Engine
    private let layoutOf: (HostConfiguration) -> HostLayout
    private var watched: [String: Watched] = [:]
    /// Plugins that are used on every host because a column shows one of their metrics.
    private var columnPlugins: Set<String> = []
    /// The widget of each plugin for hosts whose layout has none of it.
    private var usualWidgets: [String: SharedWidget] = [:]
    private(set) var probes: [String: PluginProbe] = [:]
    /// Called when a plugin has loaded or failed.
    var onPlugin: (PluginProbe) -> Void = { _ in }

    /// Creates a monitor without hosts.
    ///
    /// - Parameter layoutOf: Returns the layout of a host.
    init(_ engine: Engine, layoutOf: @escaping (HostConfiguration) -> HostLayout) {
        self.engine = engine
        self.layoutOf = layoutOf
    }

    /// Monitors these hosts and no others. Hosts that are monitored already keep their values.
    func watch(_ hosts: [HostConfiguration]) {
        let names = Set(hosts.map(\.name))
        for (name, old) in watched where !names.contains(name) {
            old.subscriptions.forEach(engine.end)
            engine.unwatch(name)
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
        new.layout = own.layout?.source ?? ""
        if own.isOwn {
            new.subscriptions = own.widgets.filter { concerns($0, host.name) }.map { subscribe($0, new) }
        } else {
            new.defaults = own.widgets
        }
        watched[host.name] = new
        engine.watch(host.name)
        for probe in probes.values { if let plugin = probe.description { add(plugin, to: host.name) } }
        // Ended after the new subscriptions exist, so that shared collectors keep running.
        old.forEach(engine.end)
    }

    /// Whether a widget of a host's layout shows values of that host.
    private func concerns(_ shared: SharedWidget, _ host: String) -> Bool {
        let widget = shared.configuration
        return (widget.host == nil || widget.host == host) && widget.plugin != OverviewPanel.plugin
    }

    /// The interval of widgets that set none: at most one collect per refresh of the overview.
    private func interval(of host: HostConfiguration) -> UInt64 { max(host.refresh, engine.tickInterval) }

    /// The mistakes in the layouts of hosts, each once.
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

    /// Uses a plugin on every host, since a column shows one of its metrics.
    func probe(forColumn plugin: String) {
        columnPlugins.insert(plugin)
        probe(plugin)
        if let known = probes[plugin]?.description {
            for host in watched.keys.sorted() { add(known, to: host) }
        }
    }

    /// Loads a plugin to obtain its description.
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
        let named = known.defaults.filter { $0.configuration.plugin == plugin.id && concerns($0, host) }
        let widgets = named.isEmpty ? [usualWidget(of: plugin.id)] : named
        watched[host]?.subscriptions += widgets.map { subscribe($0, known) }
    }

    private func usualWidget(of plugin: String) -> SharedWidget {
        if let widget = usualWidgets[plugin] { return widget }
        let widget = SharedWidget(WidgetConfiguration(name: plugin, plugin: plugin))
        usualWidgets[plugin] = widget
        return widget
    }

    private func subscribe(_ widget: SharedWidget, _ watched: Watched) -> Subscription {
        engine.subscribe(
            widget, on: watched.host.name, every: interval(of: watched.host), layout: watched.layout,
            isDrawn: false)
    }

    /// Whether a plugin can read a document of a host, or the host is this machine.
    private func isServed(_ watched: Watched, by plugin: PluginDescription) -> Bool {
        !engine.source(of: watched.host.name).servesDocuments
            || plugin.document(of: watched.host.documents) != nil
    }

    /// Whether all plugins have loaded or failed, and all collectors have been answered.
    var isSettled: Bool {
        probes.values.allSatisfy(\.isSettled)
            && watched.values.allSatisfy { $0.subscriptions.allSatisfy(\.collector.isSettled) }
    }

    /// Handles a change of the engine's tick interval.
    func clockIsNew() { for host in watched.values { watch(host.host) } }
}
