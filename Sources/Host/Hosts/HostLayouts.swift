import Core
import Platform

/// The layouts by which hosts are monitored. Each file is read once and again after a change, since hundreds of hosts
/// can share it.
@MainActor
final class HostLayouts {
    private struct Read {
        let identity: [Int]?
        /// The refresh that the configuration sets for layouts without their own.
        let refresh: UInt64?
        let layout: Layout?
        let widgets: [SharedWidget]
        let problem: String?

        init(identity: [Int]?, refresh: UInt64?, layout: Layout?, problem: String?) {
            self.identity = identity
            self.refresh = refresh
            self.layout = layout
            self.problem = problem
            widgets = layout?.widgets.map(SharedWidget.init) ?? []
        }
    }

    private let setup: Setup
    private var known: [String: Read] = [:]

    init(_ setup: Setup) { self.setup = setup }

    /// Returns the layout by which a host is monitored, or the problem that makes it unusable.
    func layout(of host: HostConfiguration, _ settings: DashboardSettings) -> HostWatch.HostLayout {
        let found = setup.search(host.name).find(host.layout?.value)
        guard case .found(let path) = found else {
            var problem: String?
            if host.layout != nil, case .missing(let sentence) = found {
                problem = "\(host.name): \(sentence)"
            }
            return HostWatch.HostLayout(layout: nil, isOwn: false, problem: problem)
        }
        let isOwn = host.layout != nil || Files.name(of: path) == "\(host.name).layout"
        let read = read(path, host.name, settings)
        return HostWatch.HostLayout(
            layout: read.layout, widgets: read.widgets, isOwn: isOwn, problem: read.problem)
    }

    private func read(_ path: String, _ host: String, _ settings: DashboardSettings) -> Read {
        let identity = Files.identity(of: path)
        if let read = known[path], read.identity == identity, read.refresh == settings.refresh { return read }
        let read: Read
        switch setup.source(path, host: host).read(settings) {
        case .layout(let layout):
            read = Read(identity: identity, refresh: settings.refresh, layout: layout, problem: nil)
        case .unreadable(let sentence):
            read = Read(
                identity: identity, refresh: settings.refresh, layout: known[path]?.layout, problem: sentence)
        case .wrong(let problems, _):
            let first = problems.first { $0.severity == .error }
            read = Read(
                identity: identity, refresh: settings.refresh, layout: known[path]?.layout,
                problem: first?.description)
        }
        known[path] = read
        return read
    }
}
