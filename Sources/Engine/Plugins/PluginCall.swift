/// What the host waits for from a worker; each has a deadline.
public enum PluginCall: String, Sendable {
    case load, create, collect, draw, destroy

    /// Nanoseconds until the worker is killed.
    public var patience: UInt64 {
        switch self {
        case .load, .create: 10_000_000_000
        case .collect: 20_000_000_000
        case .draw, .destroy: 3_000_000_000
        }
    }
}
