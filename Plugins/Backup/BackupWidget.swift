import PluginKit

/// Queries repositories and systemd in the background and emits their last answers.
final class BackupWidget: Widget {
    private let machine: Machine
    private let settings: Settings
    private let backups: [Backup]
    private let systemd: Systemd

    /// The largest number of programs that run at the same time.
    private static let atOnce = 4
    /// No queries are started this many seconds before a backup, so that they do not collide.
    private static let quietBefore = 120.0

    init(_ machine: Machine, _ options: Options) throws(PluginError) {
        self.machine = machine
        settings = try Settings(options)
        systemd = Systemd(machine)
        backups = try Self.backups(settings)
        if let stray = settings.strayName(among: backups.map { $0.name }) {
            throw .invalid("fresh_for: no repository and no unit is called \"\(stray)\"")
        }
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        guard !backups.isEmpty else {
            throw .unavailable(
                "No backup is configured: name repositories (\"restic:/srv/backup\", \"borg:/srv/backup\") in"
                    + " `repositories`, or systemd units in `units`")
        }
        updateUnits(tick)
        askRepositories(tick)
        var worst: (status: Status, sentence: String)?
        var count = 0
        for backup in backups {
            let verdict = BackupHealth(backup, at: tick.unixSeconds)
            emit(backup, verdict, tick, into: sink)
            guard let sentence = verdict.sentence else { continue }
            count += 1
            if worst == nil || Status.worse(worst!.status, verdict.status) != worst!.status {
                worst = (verdict.status, backup.name + ": " + sentence)
            }
        }
        guard let worst else { return }
        let others = count > 1 ? "; \(count - 1) more \(count == 2 ? "is" : "are") not well" : ""
        sink.note(worst.status, worst.sentence + others)
    }

    override func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        let served = try ServedBackup(document)
        let verdict = served.verdict(at: tick.unixSeconds, settings.freshness(of: ServedBackup.name))
        served.emit(verdict, at: tick.unixSeconds, settings.freshness(of: ServedBackup.name), into: sink)
        if let sentence = verdict.sentence { sink.note(verdict.status, sentence) }
    }

    override func draw(_ view: WidgetView, on canvas: Canvas) { Picture(view, canvas).draw() }

    private func updateUnits(_ tick: Tick) {
        guard backups.contains(where: { $0.unit != nil }) else { return }
        systemd.begin(tick)
        for backup in backups {
            guard let unit = backup.unit else { continue }
            let before = unit.report
            unit.update(tick, systemd: systemd)
            // A run has ended, so the repository is queried at once.
            if before?.ended != unit.report?.ended, before != nil { backup.repository?.askSoon() }
        }
    }

    private func askRepositories(_ tick: Tick) {
        var room = Self.atOnce
        for backup in backups {
            guard let repository = backup.repository else { continue }
            if tick.isRefresh { repository.askSoon() }
            let report = backup.unit?.report
            let untilNext = (report?.next).map { $0 - tick.unixSeconds } ?? .infinity
            repository.advance(
                at: tick.seconds, checkEvery: settings.checkEvery, statsEvery: settings.statsEvery,
                isBusy: report?.isRunning == true || (0...Self.quietBefore).contains(untilNext), room: &room,
                on: machine)
        }
    }

    private func emit(_ backup: Backup, _ verdict: BackupHealth, _ tick: Tick, into sink: Sink) {
        let name = backup.name
        sink.emit(stateMetric, verdict.word, of: name, status: verdict.status)
        if let last = backup.last {
            let age = max(tick.unixSeconds - last, 0)
            sink.emit(ageMetric, age, of: name, status: backup.freshness.status(of: age))
            sink.emit(lastMetric, last, of: name)
        }
        sink.emit(durationMetric, backup.duration, of: name)
        emitUnit(backup, into: sink)
        guard let repository = backup.repository else {
            sink.emit(toolMetric, "systemd", of: name)
            emitError(backup.unit?.error, of: name, status: .unknown, into: sink)
            return
        }
        let answers = repository.answers
        sink.emit(sizeMetric, answers.size, of: name)
        sink.emit(storedMetric, answers.stored, of: name)
        sink.emit(addedMetric, answers.added, of: name)
        sink.emit(snapshotsMetric, answers.count.map { Double($0) }, of: name)
        sink.emit(toolMetric, repository.settings.tool.name, of: name)
        sink.emit(locationMetric, repository.settings.location, of: name)
        if !answers.hosts.isEmpty { sink.emit(hostsMetric, answers.hosts.joined(separator: ", "), of: name) }
        if !answers.paths.isEmpty { sink.emit(pathsMetric, answers.paths.joined(separator: " "), of: name) }
        sink.emit(checkedMetric, repository.answeredAt.map { max(tick.seconds - $0, 0) }, of: name)
        let trouble = repository.trouble
        emitError(
            trouble?.sentence ?? backup.unit?.error, of: name, status: trouble?.status ?? .unknown, into: sink
        )
    }

    private func emitUnit(_ backup: Backup, into sink: Sink) {
        guard let report = backup.unit?.report, report.isFound else { return }
        sink.emit(nextMetric, report.next, of: backup.name)
        sink.emit(unitMetric, report.service, of: backup.name)
        if !report.result.isEmpty {
            sink.emit(resultMetric, report.result, of: backup.name, status: report.isFailed ? .critical : .ok)
        }
        sink.emit(runMetric, report.ended, of: backup.name)
    }

    private func emitError(_ sentence: String?, of name: String, status: Status, into sink: Sink) {
        if let sentence { sink.emit(errorMetric, sentence, of: name, status: status) }
    }

    /// Combines repositories and units. A unit without a name belongs to the only repository, or to the one whose
    /// name it contains; else it is a backup of its own.
    private static func backups(_ settings: Settings) throws(PluginError) -> [Backup] {
        var units: [String: String] = [:]
        var loose: [(name: String, unit: String)] = []
        let names = settings.repositories.map { $0.name }
        for (name, unit) in settings.units {
            let owner: String?
            if !name.isEmpty {
                owner = names.contains(name) ? name : nil
            } else if names.count == 1 && settings.units.count == 1 {
                owner = names[0]
            } else {
                owner = names.first { find($0, in: unit) && units[$0] == nil }
            }
            if let owner, units[owner] == nil {
                units[owner] = unit
            } else {
                loose.append((name.isEmpty ? Self.stem(unit) : name, unit))
            }
        }
        var backups = settings.repositories.map { repository in
            Backup(
                name: repository.name, repository: Repository(repository),
                unit: units[repository.name].map { BackupUnit($0) },
                freshness: settings.freshness(of: repository.name))
        }
        for (name, unit) in loose {
            guard !backups.contains(where: { $0.name == name }) else {
                throw .invalid("units: two are called \"\(name)\"; write \"NAME=\" before one of them")
            }
            backups.append(
                Backup(
                    name: name, repository: nil, unit: BackupUnit(unit),
                    freshness: settings.freshness(of: name)))
        }
        return backups
    }

    private static func stem(_ unit: String) -> String {
        unit.split(on: UInt8(ascii: ".")).dropLast().joined(separator: ".")
    }
}
