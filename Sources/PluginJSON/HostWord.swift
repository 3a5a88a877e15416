import PluginKit

/// Words for states that are bad whoever writes them: systemd, Docker, supervisord, Kubernetes and SMART tools.
///
/// A bad word counts in upper and lower case. A good one is for each document to know exactly: a word that is not
/// known never reassures.
public enum HostWord {
    private static let critical = [
        "critical", "crit", "fail", "fatal", "error", "dead", "crash", "stopped", "inactive", "unhealthy",
        "down", "oom", "emergency", "killed", "offline", "faulted", "not-found", "not running",
    ]
    private static let warning = [
        "warn", "degraded", "restarting", "starting", "stopping", "activating", "deactivating", "reloading",
        "refreshing", "auto-restart", "backoff", "paused", "maintenance",
    ]

    /// Returns how bad a word is by its beginning; `unknown` for a word of no known family.
    public static func status(of word: String) -> Status {
        let word = word.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        func begins(with families: [String]) -> Bool {
            families.contains { word.starts(with: $0.utf8) }
        }
        if begins(with: critical) { return .critical }
        return begins(with: warning) ? .warning : .unknown
    }
}
