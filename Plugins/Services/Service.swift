import PluginKit

/// One unit as systemd describes it.
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
    /// Whether the layout names the unit itself, not only a pattern that matches it.
    var isNamed = true
    /// Whether a timer, socket or path starts the unit.
    var isTriggered = false
    var isConditionMet = true
    var restarts: Double?
    /// Unix time at which the current state began.
    var since: Double?
    var pid: Double?
    var controlGroup = ""
    /// The state, cache and logs directories.
    var directories: [String] = []

    init(unit: String) { self.unit = unit }

    var name: String { Choice.withoutSuffix(unit) }
    var isActive: Bool { activeState == "active" || activeState == "reloading" }
    var isFound: Bool { loadState != "not-found" }
    /// Whether the unit is meant to end, so that not running is normal.
    var isOneshot: Bool { type == "oneshot" }
}

/// A word for a state, and its status.
struct ServiceHealth: Equatable {
    let word: String
    let status: Status
}

extension Service {
    var verdict: ServiceHealth {
        switch loadState {
        case "loaded", "": break
        case "not-found": return ServiceHealth(word: "not found", status: .unknown)
        case "masked":
            if !isActive && activeState != "failed" {
                return ServiceHealth(word: "masked", status: isNamed ? .warning : .auto)
            }
        default: return ServiceHealth(word: loadState, status: .critical)
        }
        switch activeState {
        case "active": return ServiceHealth(word: subState.isEmpty ? "active" : subState, status: .ok)
        case "failed":
            let reason = result.isEmpty || result == "success" ? "" : " (\(result))"
            return ServiceHealth(word: "failed" + reason, status: .critical)
        case "activating":
            // A oneshot service is "activating" while it runs.
            let isAtWork = isOneshot && subState != "auto-restart"
            return ServiceHealth(
                word: isAtWork ? "at work" : subState == "auto-restart" ? subState : activeState,
                status: isAtWork ? .ok : .warning)
        case "deactivating": return ServiceHealth(word: activeState, status: isOneshot ? .ok : .warning)
        case "reloading": return ServiceHealth(word: activeState, status: .warning)
        case "inactive": return inactive
        default: return ServiceHealth(word: activeState.isEmpty ? "unknown" : activeState, status: .unknown)
        }
    }

    private var inactive: ServiceHealth {
        if !result.isEmpty && result != "success" { return ServiceHealth(word: result, status: .warning) }
        if isOneshot { return ServiceHealth(word: since == nil ? "not run yet" : "done", status: .ok) }
        if isTriggered { return ServiceHealth(word: "waiting", status: .ok) }
        if !isConditionMet { return ServiceHealth(word: "condition unmet", status: .auto) }
        let isWanted = isNamed || fileState.hasPrefix("enabled")
        return ServiceHealth(word: "inactive", status: isWanted ? .warning : .auto)
    }

    /// Whether systemd has restarted the unit recently.
    func hasRestarted(within seconds: Double, at now: Double) -> Bool {
        guard let restarts, restarts > 0, let since else { return false }
        return now - since < seconds
    }
}

extension [Service] {
    /// All failed services, then the running ones with the most memory, up to `limit` in total.
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
