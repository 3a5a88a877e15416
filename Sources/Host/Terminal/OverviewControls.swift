import Core

/// The hosts that were opened together, through which the user steps one by one.
struct HostTour {
    private(set) var hosts: [String] = []
    private var place = 0

    init(_ hosts: [String] = []) { self.hosts = hosts }

    var current: String? { place < hosts.count ? hosts[place] : nil }
    var hasNext: Bool { place + 1 < hosts.count }
    var hasPrevious: Bool { place > 0 }

    /// "2 of 5"; nil where there is only one host.
    var words: String? { hosts.count > 1 ? "\(place + 1) of \(hosts.count)" : nil }

    mutating func next() -> String {
        place += 1
        return hosts[place]
    }

    mutating func previous() -> String {
        place -= 1
        return hosts[place]
    }
}

/// The keys of the overview. A command applies to the marked hosts, or without any to the selected one.
extension Controls {
    /// Handles a key; returns false where it is not one of the overview.
    func press(_ key: Key, in overview: OverviewPanel) -> Bool {
        switch key {
        case .enter: openSelected(in: overview)
        case .character("x"): overview.toggleMark()
        case .character("X"): overview.toggleAllMarks()
        case .character("m"): toggleMaintenance(of: overview.chosen)
        case .character("o"):
            state.message =
                overview.toggleGroups() ? "Hosts of one role stand together." : "All hosts in one list."
        case .character("r") where !overview.marked.isEmpty: refresh(overview.chosen)
        default: return false
        }
        return true
    }

    private func refresh(_ hosts: [String]) {
        dashboard.engine.refresh(hosts: Set(hosts))
        state.message = "Fresh values of \(Self.count(hosts)) are asked for."
    }

    /// Ends maintenance where all of the hosts are in it, else starts it for all.
    private func toggleMaintenance(of hosts: [String]) {
        guard !hosts.isEmpty else { return }
        let isOn = !hosts.allSatisfy(dashboard.engine.monitor.isInMaintenance)
        do throws(MaintenanceError) {
            try dashboard.setMaintenance(isOn, of: hosts)
            state.message = "Maintenance \(isOn ? "on" : "off") for \(Self.count(hosts))."
        } catch {
            state.message = error.sentence
        }
    }

    private static func count(_ hosts: [String]) -> String {
        hosts.count <= 3 ? hosts.joined(separator: ", ") : "\(hosts.count) hosts"
    }

    /// Opens the marked hosts, the first one shown first; without any the selected one.
    func openSelected(in overview: OverviewPanel) {
        tour = HostTour(overview.chosen)
        guard let host = tour.current else {
            state.message = "No host is selected; up and down do that."
            return
        }
        open(host)
        if tour.hasNext { state.message = "\(tour.hosts.count) hosts are open: ] and [ walk through them." }
    }

    /// Whether the layout shows one of the hosts that were opened together.
    var isTouring: Bool { tour.current != nil && tour.current == dashboard.layout.host }

    func openOverview() { open(nil) }

    /// Opens the layout of a host, or with nil the overview.
    func open(_ host: String?) {
        guard let source = layoutOf(host) else {
            let name = host.flatMap { dashboard.configuration.host($0)?.layout?.value } ?? host ?? "overview"
            state.message = "There is no layout \(Problem.quoted(name))."
            return
        }
        (state.isZoomed, state.graph) = (false, nil)
        files.open(source)
        if host == nil { focusOverview() }
    }
}
