import PluginJSON
import PluginKit

/// The backups document of a host.
struct ServedBackup {
    /// Name of the only instance: the document describes all backups of the host together.
    static let name = "backup"

    private static let moment = Quantity(0...1e11)

    private let host: String
    private let overall: String
    private let lastSuccess: Double?
    private let lastFailure: Double?
    private let size: Double?
    private let snapshots: Double?
    private let isEnabled: Bool?
    private let pending: Double?
    private let message: String?

    init(_ document: HostDocument) throws(PluginError) {
        host = document.host
        let root = try DocumentObject(document)
        try root.require("overall_status")
        overall = root.text("overall_status") ?? ""
        let backup = try root.object("backup")
        lastSuccess = backup.date("last_success", Self.moment)
        lastFailure = backup.date("last_failure", Self.moment)
        size = backup.number("size_gb", .storage, times: DocumentUnit.gigabyte)
        snapshots = backup.number("snapshot_count", .count)
        let service = try root.object("service")
        isEnabled = service.flag("enabled")
        pending = service.number("pending_jobs", .count)
        message = service.text("last_message")
    }

    private var hasFailedSince: Bool { lastFailure.map { $0 > lastSuccess ?? -.infinity } ?? false }

    /// The worst finding about the backups.
    func verdict(at now: Double, _ freshness: Freshness) -> BackupHealth {
        var worst = ofHost
        for other in [
            lastSuccess.flatMap { BackupHealth.ofAge($0, freshness, at: now) }, ofService, ofSuccess,
        ] {
            if let other, Status.worse(worst.status, other.status) != worst.status { worst = other }
        }
        return worst
    }

    private var ofHost: BackupHealth {
        let said = (message ?? "").isEmpty ? "" : ": " + (message ?? "").shortened(to: 400)
        switch overall {
        case "healthy": return BackupHealth("success", .ok)
        case "warning":
            return BackupHealth("warning", .warning, "\(host) reports a warning for its backup\(said)")
        case "failed":
            return BackupHealth("failed", .critical, "\(host) reports that its backup failed\(said)")
        case "unknown":
            return BackupHealth("unknown", .unknown, "\(host) does not know how its backup stands\(said)")
        default:
            let word = overall.shortened(to: 40)
            return BackupHealth(
                word.isEmpty ? "unknown" : word, .unknown,
                "\(host) calls its backup \"\(word)\", which is not known here")
        }
    }

    private var ofService: BackupHealth? {
        guard isEnabled == false else { return nil }
        return BackupHealth(
            "disabled", .warning, "the backup service of \(host) is not enabled, so no backup will run")
    }

    private var ofSuccess: BackupHealth? {
        lastSuccess != nil
            ? nil : BackupHealth("no success", .unknown, "\(host) tells of no backup that has succeeded")
    }

    func emit(_ verdict: BackupHealth, at now: Double, _ freshness: Freshness, into sink: Sink) {
        let name = Self.name
        sink.emit(stateMetric, verdict.word, of: name, status: verdict.status)
        if let lastSuccess {
            let age = max(now - lastSuccess, 0)
            sink.emit(ageMetric, age, of: name, status: freshness.status(of: age))
            sink.emit(lastMetric, lastSuccess, of: name)
        }
        sink.emit(failureMetric, lastFailure, of: name, status: hasFailedSince ? .warning : .auto)
        sink.emit(sizeMetric, size, of: name)
        sink.emit(snapshotsMetric, snapshots, of: name)
        if let isEnabled {
            sink.emit(
                serviceMetric, isEnabled ? "enabled" : "disabled", of: name,
                status: isEnabled ? .ok : .warning)
        }
        sink.emit(pendingMetric, pending, of: name)
        if let message, !message.isEmpty { sink.emit(messageMetric, message.shortened(to: 4096), of: name) }
    }
}
