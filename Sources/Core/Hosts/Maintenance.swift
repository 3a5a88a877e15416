/// The hosts that are in maintenance. Their owner works on them, so that trouble there is expected and alarms nobody.
///
/// All times are in Unix seconds, and are passed in.
public struct Maintenance: Sendable, Equatable {
    private struct Span: Sendable, Equatable {
        var since: Int64
        /// nil: until it is ended.
        var until: Int64?

        func isOver(at seconds: Int64) -> Bool { until.map { $0 <= seconds } ?? false }
    }

    private var spans: [String: Span] = [:]

    public init() {}

    /// Creates it from stored entries. Of several entries for one host the last counts.
    public init(hosts: [(name: String, since: Int64, until: Int64?)]) {
        for host in hosts { spans[host.name] = Span(since: host.since, until: host.until) }
    }

    /// Returns the Unix time in seconds at which the maintenance of a host ends by itself; nil: never, or it is in none.
    public func until(of host: String) -> Int64? { spans[host]?.until }

    /// Returns whether a host is in maintenance. A beginning in the future counts as begun, since the clock has then been
    /// set back.
    public func isOn(_ host: String, at seconds: Int64) -> Bool {
        spans[host].map { !$0.isOver(at: seconds) } ?? false
    }

    /// Begins or ends the maintenance of some hosts, and removes the entries of all hosts whose maintenance is over.
    ///
    /// A host that is in maintenance already keeps its beginning and gets the new end.
    ///
    /// - Parameter until: The time at which it ends by itself; nil: never.
    public mutating func set(_ hosts: [String], isOn: Bool, at seconds: Int64, until: Int64? = nil) {
        for host in hosts {
            let since = self.isOn(host, at: seconds) ? spans[host]?.since : nil
            spans[host] = isOn ? Span(since: since ?? seconds, until: until) : nil
        }
        spans = spans.filter { !$0.value.isOver(at: seconds) }
    }

    /// All entries, sorted by name. An entry that is over stays until the next change; ``isOn(_:at:)`` tells.
    public var hosts: [(name: String, since: Int64, until: Int64?)] {
        spans.sorted { $0.key < $1.key }.map { ($0.key, $0.value.since, $0.value.until) }
    }
}
