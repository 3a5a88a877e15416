import CPosix
import Contract
import Core
import Engine
import Platform

/// The layout on the screen with its panels, and the change to another layout. The values come from the engine.
@MainActor
final class Dashboard {
    let engine: Engine
    private(set) var layout: Layout
    private let machine: String
    var hostName: String { layout.host ?? machine }
    /// The panels, in the order of the layout.
    private(set) var panels: [any Panel] = []
    /// Whether a user is at the keyboard, so that messages may name keys.
    var offersKeys = false

    /// Called when something visible has changed.
    var onChange: () -> Void = {}
    /// Called with a sentence for the user that belongs to no widget. Sentences from before it is set are passed to
    /// it then.
    var onNotice: ((String) -> Void)? {
        didSet {
            for sentence in unheard { onNotice?(sentence) }
            unheard = []
        }
    }
    private var unheard: [String] = []
    /// Called with a sentence about a recent event, which is of interest for a limited time.
    var onEvent: (String) -> Void = { _ in }

    private let recorder: EventRecorder
    /// What moves through the past; nil: the present is shown.
    let replay: Replay?
    /// Whether maintenance is shared with other programs; not if the hosts are simulated.
    let sharesMaintenance: Bool
    private let layoutOf: (HostConfiguration) -> HostWatch.HostLayout
    private let log: Log
    /// The table of all hosts; nil until a layout contains the overview.
    private(set) var fleet: FleetView?
    /// The overview panels by widget name. They are kept while the layout of one host is shown, with the user's
    /// changes.
    private var overviews: [String: OverviewPanel] = [:]

    /// Creates the dashboard of a layout.
    ///
    /// - Parameter replay: What moves the engine through the past, in which nothing is an event; nil: it shows the present.
    /// - Parameter layoutOf: Returns the layout by which a host is monitored.
    init(
        layout: Layout, engine: Engine, hostName: String, log: Log, replay: Replay? = nil,
        sharesMaintenance: Bool, layoutOf: @escaping (HostConfiguration) -> HostWatch.HostLayout
    ) {
        self.layout = layout
        self.engine = engine
        self.replay = replay
        self.sharesMaintenance = sharesMaintenance
        self.layoutOf = layoutOf
        self.log = log
        machine = hostName
        recorder = EventRecorder(engine) { $0.words(Wording(now: engine.wall)) }
        engine.onChange = { [weak self] in self?.changed() }
        if let replay {
            replay.onChange = { [weak self] in self?.changed() }
        } else {
            engine.add(recorder)
            engine.monitor.onNews = { [weak self] in self?.tell($0) }
        }
        panels = layout.widgets.map(newPanel)
    }

    /// The time on display, in Unix nanoseconds.
    var wall: Int64 { engine.wall }
    var configuration: Configuration { engine.configuration }
    var hasOtherHosts: Bool { configuration.hosts.count > 1 }

    /// The wording of failures on this screen.
    var wording: Wording {
        let now = wall
        return Wording(now: now, offersKeys: offersKeys, moment: { LocalTime.moment($0, now: now) })
    }

    /// Whether the overview of all hosts is on the screen.
    var showsOverview: Bool { panels.contains { $0 is OverviewPanel } }

    /// The panels that plugins draw.
    var widgets: [WidgetPanel] { panels.compactMap { $0 as? WidgetPanel } }

    func changed() { onChange() }

    func notify(_ sentence: String) {
        if let onNotice { onNotice(sentence) } else { unheard.append(sentence) }
    }

    private func tell(_ news: [HostNews]) {
        guard fleet != nil, let sentence = HostNewsText.sentence(news, wording) else { return }
        log.warning(sentence)
        onEvent(sentence)
    }

    /// The state of the layout's host; nil: the layout shows this machine or all hosts.
    var hostState: HostState? {
        guard layout.host != nil, let host = engine.monitor.host(hostName), host.source.servesDocuments
        else { return nil }
        return engine.monitor.state(of: host, at: wall)
    }

    /// What is known of the layout's host, the most important first: its state with the time of its slowest answer, its
    /// role and its address. Empty where the layout shows this machine or all hosts.
    var hostFacts: [String] {
        guard let state = hostState, let host = configuration.host(hostName) else { return [] }
        let latency = engine.monitor.host(hostName)?.source.link?.slowestAnswer
        let time = latency.flatMap { $0 > 0 ? " " + Format.duration(Double($0) / 1e9) : nil } ?? ""
        let word = state == .online ? "online\(time)" : nil
        return [word, host.role, host.address.text == hostName ? nil : host.address.text].compactMap { $0 }
    }

    // MARK: Events

    /// What has gone wrong since the start, the latest first; with a host only there.
    func events(of host: String? = nil) -> [EventSheet.Line] {
        let now = wall
        let isOne = host != nil || !hasOtherHosts
        return recorder.log.entries.filter { host == nil || $0.host == host }.map { entry in
            let cleared = entry.cleared.map { end in
                LocalTime.moment(end, now: now) + ", after "
                    + Format.duration(Double(max(end - entry.began, 0) / 1_000_000_000))
            }
            return EventSheet.Line(
                time: LocalTime.moment(entry.began, now: now), status: entry.status,
                place: isOne ? "" : entry.host, what: entry.words, cleared: cleared ?? "")
        }
    }

    // MARK: Layouts

    /// Applies another configuration, and the layout with the settings from it.
    func apply(_ new: Configuration, _ layout: Layout) {
        engine.adopt(new)
        apply(layout)
        fleet?.adopt(new)
    }

    /// Applies another layout. Widgets with the same plugin, host and options keep their values.
    func apply(_ new: Layout) {
        let clockIsNew = new.refresh != layout.refresh
        layout = new
        engine.setRefresh(new.refresh)
        var old = widgets
        panels = new.widgets.map { configuration in
            guard let index = old.firstIndex(where: { goesOn($0, as: configuration) }) else {
                return newPanel(configuration)
            }
            let panel = old.remove(at: index)
            engine.update(panel.subscription, configuration, layout: new.source)
            return panel
        }
        // Ended after the new subscriptions exist, so that shared collectors keep running.
        for panel in old { engine.end(panel.subscription) }
        engine.settleNeeds()
        if clockIsNew { fleet?.watch.clockIsNew() }
        changed()
    }

    /// Reads the layouts again by which hosts are monitored.
    func layoutsChanged() { if let fleet { fleet.adopt(configuration) } }

    /// Returns the first mistake in a layout that only the descriptions of its plugins reveal.
    func problem(in new: Layout) -> Problem? {
        for widget in new.widgets {
            guard let plugin = engine.supervisors.first(where: { $0.id == widget.plugin }),
                let description = plugin.description
            else { continue }
            let problems = OptionChecker.check(widget, against: description, source: new.source).problems
            if let problem = problems.first(where: { $0.severity == .error }) { return problem }
        }
        return nil
    }

    /// Whether a panel can be kept for another widget: it has the same plugin, options and host.
    private func goesOn(_ panel: WidgetPanel, as configuration: WidgetConfiguration) -> Bool {
        panel.configuration.asksTheSame(as: configuration)
            && panel.collector.key.host == configuration.host ?? hostName
    }

    private func newPanel(_ configuration: WidgetConfiguration) -> any Panel {
        if configuration.plugin == OverviewPanel.plugin { return overviewPanel(configuration) }
        let subscription = engine.subscribe(
            configuration, on: hostName, layout: layout.source, isDrawn: true)
        return WidgetPanel(subscription, dashboard: self)
    }

    private func overviewPanel(_ configuration: WidgetConfiguration) -> OverviewPanel {
        let isNew = fleet == nil
        let fleet = self.fleet ?? newFleet()
        self.fleet = fleet
        fleet.adopt(configuration)
        if isNew { fleet.adopt(engine.configuration) }
        let panel = overviews[configuration.name] ?? OverviewPanel(configuration, fleet)
        panel.adopt(configuration)
        overviews[configuration.name] = panel
        return panel
    }

    private func newFleet() -> FleetView {
        let fleet = FleetView(engine, watch: HostWatch(engine, layoutOf: layoutOf)) { [weak self] in
            self?.wording ?? Wording(now: 0)
        }
        fleet.events = { [weak self] in self?.events(of: $0) ?? [] }
        return fleet
    }

    // MARK: Plugins

    /// Handles the appearance, change or removal of a file in a folder of plugins; an empty name: any file may have
    /// changed.
    func pluginFileChanged(_ name: String) {
        guard !name.isEmpty else { return engine.pluginFileChanged(nil) }
        guard let id = PluginFolder.id(of: name) else { return }
        guard engine.isUnused(id) else { return engine.pluginFileChanged(id) }
        guard let path = engine.pluginPath(id) else { return }
        if let fleet {
            fleet.watch.probe(id)
        } else {
            notify("\(path) is there; no widget of this layout uses it yet.")
        }
    }

    // MARK: Maintenance

    /// Puts hosts into maintenance or takes them out of it, for all programs of this user.
    func setMaintenance(_ isOn: Bool, of hosts: [String]) throws(MaintenanceError) {
        let seconds = Self.seconds
        if sharesMaintenance {
            // The user does not wait for the lock of another program.
            engine.monitor.setMaintenance(
                try MaintenanceFile.change(hosts, isOn: isOn, at: seconds, patience: 0))
        } else {
            var new = engine.monitor.maintenance
            new.set(hosts, isOn: isOn, at: seconds)
            engine.monitor.setMaintenance(new)
        }
    }

    /// Applies changes that other programs have made to the file of maintenance.
    func readMaintenance() throws(MaintenanceError) {
        if sharesMaintenance { engine.monitor.setMaintenance(try MaintenanceFile.read()) }
    }

    /// Unix seconds of the machine's own clock, by which maintenance ends, also where a fixed time is on display.
    static var seconds: Int64 { cposix_wall() / 1_000_000_000 }
}
