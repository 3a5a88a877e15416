/// A call of a worker that is answered within a deadline.
public enum PluginCall: String, Sendable {
    case load, create, collect, draw, destroy

    /// The deadline in nanoseconds, after which the worker is killed.
    public var patience: UInt64 {
        switch self {
        case .load, .create: 10_000_000_000
        case .collect: 20_000_000_000
        case .draw, .destroy: 3_000_000_000
        }
    }
}
