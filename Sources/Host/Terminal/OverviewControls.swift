import Core

/// Hosts that were opened together: they are walked through one by one.
struct HostTour {
    private(set) var hosts: [String] = []
    private var place = 0

    init(_ hosts: [String] = []) { self.hosts = hosts }

    var current: String? { place < hosts.count ? hosts[place] : nil }
    var hasNext: Bool { place + 1 < hosts.count }
    var hasPrevious: Bool { place > 0 }

    /// "2 of 5"; nil: there is but one.
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

/// The keys of the overview of all hosts: what is to be done is done with the marked hosts, else with the selected one.
extension Controls {
    /// False: it is no key of the overview.
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
        case .escape where !overview.marked.isEmpty && overview.table.filter.isEmpty: overview.clearMarks()
        default: return false
        }
        return true
    }

    private func refresh(_ hosts: [String]) {
        dashboard.engine.refresh(hosts: Set(hosts))
        state.message = "Fresh values of \(Self.count(hosts)) are asked for."
    }

    /// Off for all where it is on for all of them, else on.
    private func toggleMaintenance(of hosts: [String]) {
        guard !hosts.isEmpty else { return }
        let isOn = !hosts.allSatisfy(dashboard.engine.monitor.isInMaintenance)
        do throws(MaintenanceFile.Failure) {
            try dashboard.setMaintenance(isOn, of: hosts)
            state.message = "Maintenance \(isOn ? "on" : "off") for \(Self.count(hosts))."
        } catch {
            state.message = error.sentence
        }
    }

    private static func count(_ hosts: [String]) -> String {
        hosts.count <= 3 ? hosts.joined(separator: ", ") : "\(hosts.count) hosts"
    }

    /// The marked hosts, beginning with the first of them; without any the selected one.
    func openSelected(in overview: OverviewPanel) {
        tour = HostTour(overview.chosen)
        guard let host = tour.current else {
            state.message = "No host is selected; up and down do that."
            return
        }
        open(host)
        if tour.hasNext { state.message = "\(tour.hosts.count) hosts are open: ] and [ walk through them." }
    }

    /// One of the hosts that were opened is shown.
    var isTouring: Bool { tour.current != nil && tour.current == dashboard.layout.host }

    func openOverview() { open(nil) }

    /// The layout of a host, or of all of them.
    func open(_ host: String?) {
        guard let source = layoutOf(host) else {
            let name = host.flatMap { dashboard.configuration.host($0)?.layout?.value } ?? host ?? "overview"
            state.message = "There is no layout \(Problem.quoted(name))."
            return
        }
        state.isZoomed = false
        files.open(source)
        if host == nil { focusOverview() }
    }
}
