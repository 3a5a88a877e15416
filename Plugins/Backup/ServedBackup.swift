import PluginJSON
import PluginKit

/// The backups document of a host.
struct ServedBackup {
    /// Name of the only instance: the document describes all backups of the host together.
    static let name = "backup"

    /// Dates ahead of the clock are read, so that what is wrong with them can be said.
    private static let date = Quantity(Quantity.date(at: 0).range.lowerBound...1e11)
    private static let jobs = Quantity(0...1e6)

    private let host: String
    private let overall: String?
    /// Unix time of the document.
    private let written: Double
    private let lastSuccess: Double?
    /// There is a last success whose date cannot be read.
    private let isUndated: Bool
    private let lastFailure: Double?
    private let size: Double?
    private let snapshots: Double?
    private let isEnabled: Bool?
    private let pending: Double?
    private let message: String?
    private let remarks: DocumentRemarks

    init(_ document: HostDocument, at now: Double) throws(PluginError) {
        host = document.host
        let root = try DocumentObject(document)
        remarks = root.remarks
        try root.require("overall_status")
        overall = root.text("overall_status")
        written = root.number("timestamp", Quantity(0...1e11)) ?? now
        let backup = try root.object("backup")
        let count = remarks.fieldCount
        lastSuccess = backup.date("last_success", Self.date)
        isUndated = remarks.fieldCount > count
        lastFailure = Self.past(backup.date("last_failure", Self.date), at: now, of: host, remarks)
        size = backup.number("size_gb", .storage, times: DocumentUnit.gigabyte)
        snapshots = backup.number("snapshot_count", .count)
        let service = try root.object("service")
        isEnabled = service.flag("enabled")
        pending = service.number("pending_jobs", Self.jobs)
        message = service.text("last_message")
    }

    /// The moment; nil, with a remark, where it is in the future.
    private static func past(
        _ moment: Double?, at now: Double, of host: String, _ remarks: DocumentRemarks
    ) -> Double? {
        guard let moment, moment - now > BackupHealth.skew else { return moment }
        remarks.add(
            .unknown,
            "the last failure is dated \(Age.text(moment - now)) ahead: check this machine's clock and that of"
                + " \(host)")
        return nil
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
        guard let overall else { return BackupHealth("unknown", .unknown) }
        let said = (message ?? "").isEmpty ? "" : ": " + (message ?? "").shortened(to: 400)
        switch overall.word {
        case "healthy": return BackupHealth("success", .ok)
        case "warning":
            return BackupHealth("warning", .warning, "\(host) reports a warning for its backup\(said)")
        case "failed":
            return BackupHealth("failed", .critical, "\(host) reports that its backup failed\(said)")
        case "unknown":
            return BackupHealth("unknown", .unknown, "\(host) does not know how its backup stands\(said)")
        default: return ofOtherWord(overall, said)
        }
    }

    private func ofOtherWord(_ overall: String, _ said: String) -> BackupHealth {
        let word = overall.trimmed.shortened(to: 40)
        let status = HostWord.status(of: overall.word)
        return BackupHealth(
            word.isEmpty ? "unknown" : word, status,
            "\(host) calls its backup \"\(word)\"" + (status == .unknown ? ", which is not known here" : said)
        )
    }

    private var ofService: BackupHealth? {
        guard isEnabled == false else { return nil }
        return BackupHealth(
            "disabled", .warning, "the backup service of \(host) is not enabled, so no backup will run")
    }

    private func ofSuccess(at now: Double, _ freshness: Freshness) -> BackupHealth? {
        if isUndated {
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
        if let sentence = verdict.sentence { remarks.add(verdict.status, sentence) }
        sink.note(remarks)
    }
}

/// "1 snapshot", "42 snapshots"
func countText(_ count: Double, _ noun: String) -> String {
    Format.number(count, unit: "count") + " " + noun + (count == 1 ? "" : "s")
}

extension String {
    /// The text without blanks around it and with its ASCII letters in lower case.
    fileprivate var word: String {
        String(decoding: trimmed.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
