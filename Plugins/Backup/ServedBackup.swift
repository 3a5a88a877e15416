import PluginJSON
import PluginKit

/// The backups document of a host.
struct ServedBackup {
    /// Name of the only instance: the document describes all backups of the host together.
    static let name = "backup"

    private let host: String
    private let overall: String
    /// Unix time of the document.
    private let written: Double
    private let lastSuccess: Double?
    private let lastFailure: Double?
    private let size: Double?
    private let snapshots: Double?
    private let isEnabled: Bool?
    private let pending: Double?
    private let message: String?
    private let remarks: Remarks

    init(_ document: HostDocument, at now: Double) throws(PluginError) {
        host = document.host
        let root = try DocumentObject(document)
        let remarks = Remarks()
        written = try root.number("timestamp", in: 0...1e11) ?? now
        overall = try root.required("overall_status", try root.text("overall_status"))
        let backup = try root.object("backup")
        lastSuccess = remarks.read("last_success") { () throws(PluginError) in
            try backup.date("last_success")
        }
        lastFailure = remarks.read("last_failure") { () throws(PluginError) in
            guard let failure = try backup.date("last_failure") else { return nil }
            guard failure - now > BackupHealth.skew else { return failure }
            throw .failed(
                "the last failure is dated \(Age.text(failure - now)) ahead: check this machine's clock and that"
                    + " of \(document.host)")
        }
        size = remarks.read("size") { () throws(PluginError) in
            try backup.number("size_gb", in: 0...1e9)
        }.map { $0 * 1_073_741_824 }
        snapshots = remarks.read("snapshots") { () throws(PluginError) in
            try backup.number("snapshot_count", in: 0...1e9)
        }
        let service = try root.object("service")
        isEnabled = remarks.read("enabled") { () throws(PluginError) in try service.flag("enabled") }
        pending = remarks.read("pending") { () throws(PluginError) in
            try service.number("pending_jobs", in: 0...1e6)
        }
        message = remarks.read("message") { () throws(PluginError) in try service.text("last_message") }
        self.remarks = remarks
    }

    // MARK: Verdict

    private var hasFailedSince: Bool { lastFailure.map { $0 > lastSuccess ?? -.infinity } ?? false }

    /// The worst finding about the backups.
    func verdict(at now: Double, _ freshness: Freshness) -> BackupHealth {
        var worst = ofHost
        for other in [ofSuccess(at: now, freshness), ofService, ofContradiction] {
            if let other, Status.worse(worst.status, other.status) != worst.status { worst = other }
        }
        return worst
    }

    /// The host's own word. One that is not known here is never taken for a good one.
    private var ofHost: BackupHealth {
        let said = (message ?? "").isEmpty ? "" : ": " + (message ?? "").shortened(to: 400)
        let word = overall.shortened(to: 40)
        switch overall.word {
        case "healthy": return BackupHealth("success", .ok)
        case "warning":
            return BackupHealth("warning", .warning, "\(host) reports a warning for its backup\(said)")
        case "failed":
            return BackupHealth("failed", .critical, "\(host) reports that its backup failed\(said)")
        case "failure", "error", "critical":
            return BackupHealth(word, .critical, "\(host) calls its backup \"\(word)\"\(said)")
        case "unknown":
            return BackupHealth("unknown", .unknown, "\(host) does not know how its backup stands\(said)")
        default:
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

    private func ofSuccess(at now: Double, _ freshness: Freshness) -> BackupHealth? {
        if remarks.isAbout("last_success") {
            return BackupHealth("no date", .unknown, "\(host) tells of a last success without a date")
        }
        guard let lastSuccess else {
            let count = snapshots.map { ", and of " + countText($0, "snapshot") } ?? ""
            return BackupHealth(
                "no success", .unknown, "\(host) tells of no backup that has succeeded\(count)")
        }
        if let finding = BackupHealth.ofAge(lastSuccess, freshness, at: now) { return finding }
        guard lastSuccess - written > BackupHealth.skew else { return nil }
        return BackupHealth(
            "in the future", .unknown,
            "the last success is dated \(Age.text(lastSuccess - written)) after the document that tells of it"
        )
    }

    /// What cannot be true together.
    private var ofContradiction: BackupHealth? {
        guard snapshots == 0, lastSuccess != nil else { return nil }
        return BackupHealth(
            "no snapshot", .warning, "\(host) tells of a backup that has succeeded, and of 0 snapshots")
    }

    // MARK: Samples

    func emit(_ verdict: BackupHealth, at now: Double, _ freshness: Freshness, into sink: Sink) {
        let name = Self.name
        sink.emit(stateMetric, verdict.word, of: name, status: verdict.status)
        BackupWidget.emit(lastSuccess, freshness, of: name, at: now, into: sink)
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
        let sentences = [verdict.sentence].compactMap { $0 } + remarks.sentences
        if !sentences.isEmpty {
            let isJudged = remarks.isAbout("last_failure") || remarks.isAbout("enabled")
            let status = isJudged ? Status.worse(verdict.status, .unknown) : verdict.status
            sink.note(
                verdict.sentence == nil && !isJudged ? .auto : status, sentences.joined(separator: "; "))
        }
    }
}

/// "1 snapshot", "42 snapshots"
func countText(_ count: Double, _ noun: String) -> String {
    Format.number(count, unit: "count") + " " + noun + (count == 1 ? "" : "s")
}

/// Why fields of a document are not told.
private final class Remarks {
    private(set) var sentences: [String] = []
    private var fields: [String] = []

    /// Returns what `read` returns; nil, with a remark, where it throws.
    func read<Value>(_ field: String, _ read: () throws(PluginError) -> Value?) -> Value? {
        do throws(PluginError) { return try read() } catch {
            sentences.append(error.sentence)
            fields.append(field)
            return nil
        }
    }

    func isAbout(_ field: String) -> Bool { fields.contains(field) }
}

extension String {
    /// The text without blanks around it and with its ASCII letters in lower case.
    fileprivate var word: String {
        String(decoding: trimmed.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
