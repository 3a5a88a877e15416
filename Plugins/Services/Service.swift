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
    /// Whether its processes run: states that change a running unit are named after what they do.
    var isActive: Bool {
        activeState == "active" || activeState.hasPrefix("reload") || activeState.hasPrefix("refresh")
    }
    /// Whether it has ended and systemd is about to start it again: "auto-restart", "auto-restart-queued",
    /// "failed-before-auto-restart".
    var isRestarting: Bool { subState.hasPrefix("auto-restart") || subState.hasSuffix("auto-restart") }
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
    /// The state in a word. States and sub-states are taken by family, as versions of systemd add to them; a word of no
    /// known family is unknown.
    var verdict: ServiceHealth {
        switch loadState {
        case "loaded", "merged", "": break
        case "not-found": return ServiceHealth(word: "not found", status: .unknown)
        case "bad-setting", "error": return ServiceHealth(word: loadState, status: .critical)
        case "masked":
            if !isActive && activeState != "failed" {
                return ServiceHealth(word: "masked", status: isNamed ? .warning : .auto)
            }
        default: return ServiceHealth(word: loadState, status: .unknown)
        }
        if isRestarting { return ServiceHealth(word: "auto-restart", status: .warning) }
        switch activeState {
        case "active": return active
        case "failed":
            let reason = result.isEmpty || result == "success" ? "" : " (\(result))"
            return ServiceHealth(word: "failed" + reason, status: .critical)
        case "activating":
            // A oneshot service is "activating" while it runs.
            let isAtWork = isOneshot && (subState.hasPrefix("start") || subState == "condition")
            return ServiceHealth(word: isAtWork ? "at work" : activeState, status: isAtWork ? .ok : .warning)
        case "deactivating":
            let isOrderly = isOneshot && subState.hasPrefix("stop") && subState != "stop-watchdog"
            return ServiceHealth(word: activeState, status: isOrderly ? .ok : .warning)
        case "inactive": return inactive
        case "maintenance": return ServiceHealth(word: "cleaning", status: isNamed ? .warning : .auto)
        default: break
        }
        if activeState.hasPrefix("refresh") { return ServiceHealth(word: activeState, status: .ok) }
        if activeState.hasPrefix("reload") { return ServiceHealth(word: activeState, status: .warning) }
        return ServiceHealth(word: activeState.isEmpty ? "unknown" : activeState, status: .unknown)
    }

    private var active: ServiceHealth {
        // Both come from one answer, so one of them is wrong.
        let contradicts = ["failed", "dead", "stop", "final"].contains { subState.hasPrefix($0) }
        return ServiceHealth(
            word: subState.isEmpty ? "active" : subState, status: contradicts ? .unknown : .ok)
    }

    private var inactive: ServiceHealth {
        // ExecCondition= said no, which is no failure.
        if result == "exec-condition" { return ServiceHealth(word: "condition unmet", status: .auto) }
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
    /// All failed services, then those that wait to be started again and the running ones with the most memory, up to
    /// `limit` in total.
    func failedAndLargest(_ limit: Int, memory: (Service) -> Double?) -> [Service] {
        let failed = filter { $0.activeState == "failed" && !$0.isRestarting }
        let restarting = filter { $0.isRestarting }
        let running = filter { $0.isActive && !$0.isRestarting && $0.subState != "exited" }
        let sized = running.map { (service: $0, memory: memory($0) ?? -1) }
        let ranked = sized.sorted { left, right in
            left.memory > right.memory
                || left.memory == right.memory && left.service.unit < right.service.unit
        }
        return failed + (restarting + ranked.map { $0.service }).prefix(Swift.max(limit - failed.count, 0))
    }
}
