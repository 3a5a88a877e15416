/// Which hosts are in maintenance: somebody works on them, so what goes wrong there is expected and alarms nobody.
///
/// It knows neither a clock nor a disk: moments are passed in, in Unix seconds.
public struct Maintenance: Sendable, Equatable {
    private struct Span: Sendable, Equatable {
        var since: Int64
        /// nil: until it is ended.
        var until: Int64?

        func isOver(at seconds: Int64) -> Bool { until.map { $0 <= seconds } ?? false }
    }

    private var spans: [String: Span] = [:]

    public init() {}

    /// As they were kept; of a name that stands twice the last counts.
    public init(hosts: [(name: String, since: Int64, until: Int64?)]) {
        for host in hosts { spans[host.name] = Span(since: host.since, until: host.until) }
    }

    /// Returns the Unix time in seconds at which the maintenance of a host ends by itself; nil: never, or it is in none.
    public func until(of host: String) -> Int64? { spans[host]?.until }

    /// A beginning in the future counts as begun: the clock was set back meanwhile, and the work goes on.
    public func isOn(_ host: String, at seconds: Int64) -> Bool {
        spans[host].map { !$0.isOver(at: seconds) } ?? false
    }

    /// Begins it, or ends it. What is over at that moment is forgotten, of all hosts.
    ///
    /// A host that is in maintenance already keeps its beginning, and its end becomes the new one, or none.
    ///
    /// - Parameter until: when it ends by itself; nil: never.
    public mutating func set(_ hosts: [String], isOn: Bool, at seconds: Int64, until: Int64? = nil) {
        for host in hosts {
            let since = self.isOn(host, at: seconds) ? spans[host]?.since : nil
            spans[host] = isOn ? Span(since: since ?? seconds, until: until) : nil
        }
        spans = spans.filter { !$0.value.isOver(at: seconds) }
    }

    /// All of them by name. One that is over stands here until the next change: `isOn` tells.
    public var hosts: [(name: String, since: Int64, until: Int64?)] {
        spans.sorted { $0.key < $1.key }.map { ($0.key, $0.value.since, $0.value.until) }
    }
}
