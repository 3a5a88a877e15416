import PluginKit

/// One backup: a repository, the unit that writes it, or both.
struct Backup {
    let name: String
    let repository: Repository?
    let unit: BackupUnit?
    let freshness: Freshness

    /// Unix time of the last successful backup; nil: not known.
    var last: Double? {
        if let repository { return repository.answers.last }
        guard let report = unit?.report, !report.isFailed else { return nil }
        return report.isRunning ? nil : report.ended ?? report.triggered
    }

    var duration: Double? { repository?.answers.duration ?? unit?.report?.duration }
}

/// The state of a backup: a word, its status, and a sentence where it is not ok.
struct BackupHealth {
    var word: String
    var status: Status
    var sentence: String?

    init(_ word: String, _ status: Status, _ sentence: String? = nil) {
        self.word = word
        self.status = status
        self.sentence = sentence
    }

    /// The worst of all findings about a backup at a time.
    init(_ backup: Backup, at now: Double) {
        var worst = Self.ofUnit(backup)
        for other in [Self.ofTimer(backup), Self.ofRepository(backup), Self.ofAge(backup, at: now)] {
            guard let other, let current = worst else {
                worst = worst ?? other
                continue
            }
            if Status.worse(current.status, other.status) != current.status { worst = other }
        }
        let isRunning = backup.unit?.report?.isRunning == true
        self = worst ?? (isRunning ? BackupHealth("running", .ok) : Self.quiet(backup))
        if isRunning && status == .warning { word = "running" }
    }

    /// The state of a backup without a finding.
    private static func quiet(_ backup: Backup) -> BackupHealth {
        if backup.last != nil { return BackupHealth("success", .ok) }
        if backup.repository != nil { return BackupHealth("asking", .auto) }
        return BackupHealth("not run yet", .unknown, "it has not run since this machine started")
    }

    private static func ofUnit(_ backup: Backup) -> BackupHealth? {
        guard let unit = backup.unit else { return nil }
        if let error = unit.error { return BackupHealth("unreadable", .unknown, error) }
        guard let report = unit.report else { return nil }
        if !report.isFound {
            return BackupHealth("no unit", .unknown, "systemd knows no \(report.service); correct `units`")
        }
        guard report.isFailed else { return nil }
        let status = report.exitStatus != 0 ? " \(report.exitStatus)" : ""
        return BackupHealth(
            "failed", .critical,
            "\(report.service) failed (\(report.result)\(status)); see journalctl -u \(report.service)")
    }

    private static func ofTimer(_ backup: Backup) -> BackupHealth? {
        guard let report = backup.unit?.report, report.isFound, report.hasTimer, !report.isTimerActive,
            let timer = backup.unit?.timer
        else { return nil }
        return BackupHealth(
            "no timer", .warning,
            "\(timer) is not active, so no backup will run: systemctl enable --now \(timer)")
    }

    private static func ofRepository(_ backup: Backup) -> BackupHealth? {
        guard let repository = backup.repository else { return nil }
        if let trouble = repository.trouble {
            return BackupHealth(trouble.word, trouble.status, trouble.sentence)
        }
        let answers = repository.answers
        guard answers.count == 0 else { return nil }
        return BackupHealth(
            "no snapshot", .critical, "the repository holds no snapshot: no backup was made yet")
    }

    /// A run that exceeds the allowed age. Used where no repository gives the age of the last backup.
    private static func ofRun(_ backup: Backup, at now: Double) -> BackupHealth? {
        guard let report = backup.unit?.report, report.isRunning, let started = report.started else {
            return nil
        }
        let status = backup.freshness.status(of: now - started)
        guard status != .ok else { return nil }
        return BackupHealth(
            "running too long", status,
            "\(report.service) has been running for \(Age.text(now - started))")
    }

    /// The age is judged only where it is known which snapshot is the last.
    private static func ofAge(_ backup: Backup, at now: Double) -> BackupHealth? {
        let answers = backup.repository?.answers
        if let future = answers?.future, future - now > skew { return ofFuture(future, at: now) }
        let age = backup.last.flatMap { ofAge($0, backup.freshness, at: now) }
        if let answers, answers.undated > 0, age != nil || answers.last == nil {
            return BackupHealth(
                "no date", .unknown,
                "\(answers.undated) of \(answers.count ?? 0) snapshots have no date that can be read,"
                    + " and one of these may be the last")
        }
        return backup.last == nil ? ofRun(backup, at: now) : age
    }

    /// Seconds by which the clocks of two machines may differ without a remark.
    static let skew = 3600.0

    /// A finding where the last successful backup is too old, or in the future.
    static func ofAge(_ last: Double, _ freshness: Freshness, at now: Double) -> BackupHealth? {
        let age = now - last
        if age < -skew { return ofFuture(last, at: now) }
        let status = freshness.status(of: age)
        guard status != .ok else { return nil }
        let limit = status == .critical ? freshness.critical : freshness.warning
        return BackupHealth(
            status == .critical ? "overdue" : "late", status,
            "the last backup is \(Age.text(age)) old, \(Age.limit(limit)) being the limit")
    }

    private static func ofFuture(_ moment: Double, at now: Double) -> BackupHealth {
        BackupHealth(
            "in the future", .unknown,
            "the last snapshot is dated \(Age.text(moment - now)) ahead: check this machine's clock and that"
                + " of the one that makes the backup")
    }
}
