import PluginKit

/// One unit as systemd tells of it.
struct Service {
    /// With its suffix: "gitea.service".
    var unit: String
    var description = ""
    var loadState = "loaded"
    var activeState = ""
    var subState = ""
    var result = "success"
    /// "simple", "notify", "oneshot", …
    var type = ""
    /// "enabled", "disabled", "static", …
    var fileState = ""
    /// The layout names it, and not a pattern that it happens to match.
    var isNamed = true
    /// Something else starts it when it is needed: a timer, a socket, a path.
    var isTriggered = false
    var isConditionMet = true
    var restarts: Double?
    /// Of the state it is in; Unix seconds.
    var since: Double?
    var pid: Double?
    var controlGroup = ""
    /// Its state, cache and logs directories.
    var directories: [String] = []

    init(unit: String) { self.unit = unit }

    var name: String { Choice.withoutSuffix(unit) }
    var isActive: Bool { activeState == "active" || activeState == "reloading" }
    var isFound: Bool { loadState != "not-found" }
    /// It is meant to end: its not running means nothing.
    var isOneshot: Bool { type == "oneshot" }
}

/// A state in a word, and how good it is.
struct Verdict: Equatable {
    let word: String
    let status: Status
}

extension Service {
    var verdict: Verdict {
        switch loadState {
        case "loaded", "": break
        case "not-found": return Verdict(word: "not found", status: .unknown)
        case "masked":
            if !isActive && activeState != "failed" {
                return Verdict(word: "masked", status: isNamed ? .warning : .auto)
            }
        default: return Verdict(word: loadState, status: .critical)
        }
        switch activeState {
        case "active": return Verdict(word: subState.isEmpty ? "active" : subState, status: .ok)
        case "failed":
            let reason = result.isEmpty || result == "success" ? "" : " (\(result))"
            return Verdict(word: "failed" + reason, status: .critical)
        case "activating":
            // A oneshot service is "activating" all the time it does its work.
            let isAtWork = isOneshot && subState != "auto-restart"
            return Verdict(
                word: isAtWork ? "at work" : subState == "auto-restart" ? subState : activeState,
                status: isAtWork ? .ok : .warning)
        case "deactivating": return Verdict(word: activeState, status: isOneshot ? .ok : .warning)
        case "reloading": return Verdict(word: activeState, status: .warning)
        case "inactive": return inactive
        default: return Verdict(word: activeState.isEmpty ? "unknown" : activeState, status: .unknown)
        }
    }

    private var inactive: Verdict {
        if !result.isEmpty && result != "success" { return Verdict(word: result, status: .warning) }
        if isOneshot { return Verdict(word: since == nil ? "not run yet" : "done", status: .ok) }
        if isTriggered { return Verdict(word: "waiting", status: .ok) }
        if !isConditionMet { return Verdict(word: "condition unmet", status: .auto) }
        let isWanted = isNamed || fileState.hasPrefix("enabled")
        return Verdict(word: "inactive", status: isWanted ? .warning : .auto)
    }

    /// systemd restarted it by itself, and lately.
    func hasRestarted(within seconds: Double, at now: Double) -> Bool {
        guard let restarts, restarts > 0, let since else { return false }
        return now - since < seconds
    }
}

extension [Service] {
    /// All that failed, then the largest of those that run, `limit` together at least.
    func failedAndLargest(_ limit: Int, memory: (Service) -> Double?) -> [Service] {
        let failed = filter { $0.activeState == "failed" }
        let running = filter { $0.isActive && $0.subState == "running" }
        let sized = running.map { (service: $0, memory: memory($0) ?? -1) }
        let ranked = sized.sorted { left, right in
            left.memory > right.memory
                || left.memory == right.memory && left.service.unit < right.service.unit
        }
        return failed + ranked.prefix(Swift.max(limit - failed.count, 0)).map { $0.service }
    }
}
