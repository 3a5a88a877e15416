import Contract

extension Status {
    /// The word that files and programs read.
    public var name: String {
        switch self {
        case .auto: "none"
        case .ok: "ok"
        case .warning: "warning"
        case .critical: "critical"
        case .unknown: "unknown"
        }
    }
}

extension Outcome {
    /// The word that files and programs read.
    public var name: String {
        switch self {
        case .ok: "ok"
        case .failed: "failed"
        case .unavailable: "unavailable"
        case .denied: "denied"
        case .timeout: "timeout"
        case .invalid: "invalid"
        case .limit: "limit"
        }
    }
}
