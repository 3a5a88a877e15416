import PluginJSON
import PluginKit

extension Answers {
    /// Stores the answer in a program's output, at a Unix time.
    mutating func take(
        _ output: String, to question: Question, of tool: Tool, at now: Double
    ) throws(PluginError) {
        let output = ToolOutput(output)
        switch (tool, question) {
        case (.restic, .snapshots):
            // null stands for an empty list before restic 0.11.
            takeResticSnapshots(
                try output.json(of: "restic", "snapshots", "that is not a list of snapshots") {
                    $0.isArray || $0.isNull
                }, at: now)
        case (.restic, .latest): size = try Self.total(output)
        case (.restic, .whole): stored = try Self.total(output)
        case (_, .snapshots):
            takeBorgArchives(
                try output.json(of: tool.name, "list", "without archives") { $0["archives"] != nil }, at: now)
        case (_, .latest), (_, .whole):
            takeBorgInfo(
                try output.json(of: tool.name, "info", "without a repository or archives") {
                    $0["cache"] != nil || $0["archives"] != nil
                }, of: tool)
        }
    }

    /// Whether size and duration are known from the summary that newer versions of restic store in the snapshot; no
    /// further query is needed then.
    var hasSize: Bool { size != nil && duration != nil }

    private mutating func takeResticSnapshots(_ document: JSON, at now: Double) {
        let snapshots = document.elements.filter { $0.isObject }
        let dated = Dated(snapshots, at: now)
        var hosts: [String] = []
        for snapshot in snapshots {
            if let host = snapshot["hostname"]?.text, !hosts.contains(host) { hosts.append(host) }
        }
        begin(dated, id: dated.newest?["id"]?.text ?? "", hosts: hosts)
        guard let snapshot = dated.newest else { return }
        paths = snapshot["paths"]?.elements.compactMap { $0.text } ?? []
        guard let summary = snapshot["summary"] else { return }
        if let start = summary["backup_start"]?.text.flatMap({ unixTime(iso: $0) }),
            let end = summary["backup_end"]?.text.flatMap({ unixTime(iso: $0) })
        {
            duration = Quantity.runTime.possible(end - start)
        }
        size = Quantity.storage.possible(summary["total_bytes_processed"]?.number) ?? size
        added = Quantity.storage.possible(
            summary["data_added_packed"]?.number ?? summary["data_added"]?.number)
    }

    private mutating func takeBorgArchives(_ document: JSON, at now: Double) {
        // A checkpoint is left by an interrupted backup and does not count as one.
        let archives = (document["archives"]?.elements ?? []).filter { archive in
            let name = archive["name"]?.text ?? ""
            return archive.isObject && !name.hasSuffix(".checkpoint") && !find(".checkpoint.", in: name)
        }
        let dated = Dated(archives, at: now)
        var hosts: [String] = []
        for archive in archives {
            if let host = archive["hostname"]?.text, !host.isEmpty, !hosts.contains(host) {
                hosts.append(host)
            }
        }
        begin(dated, id: dated.newest?["id"]?.text ?? dated.newest?["name"]?.text ?? "", hosts: hosts)
    }

    /// borg 2 has no sizes of a repository and, in some versions, 0 for those of an archive.
    private mutating func takeBorgInfo(_ document: JSON, of tool: Tool) {
        stored = Quantity.storage.possible(document["cache", "stats", "unique_csize"]?.number)
        guard let archive = document["archives"]?.elements.last else { return }
        duration = Quantity.runTime.possible(archive["duration"]?.number)
        let sizes = tool == .borg2 ? Quantity.capacity : Quantity.storage
        size = sizes.possible(archive["stats", "original_size"]?.number)
        added = sizes.possible(archive["stats", "deduplicated_size"]?.number)
        if let command = archive["command_line"]?.elements.compactMap({ $0.text }) {
            paths = Self.borgPaths(command)
        }
    }

    /// Takes the list of snapshots; answers about another snapshot than the last one are dropped.
    private mutating func begin(_ dated: Dated, id: String, hosts: [String]) {
        if id != lastID && !lastID.isEmpty || dated.count == 0 {
            (duration, size, added, paths) = (nil, nil, nil, [])
        }
        (count, last, future, undated) = (dated.count, dated.last, dated.future, dated.undated)
        self.hosts = hosts
        lastID = id
    }

    /// The words behind the archive's name in the command line, since borg stores no list of paths.
    private static func borgPaths(_ command: [String]) -> [String] {
        guard let archive = command.firstIndex(where: { find("::", in: $0) }) else { return [] }
        return command[(archive + 1)...].filter { !$0.hasPrefix("-") }
    }

    private static func total(_ output: ToolOutput) throws(PluginError) -> Double? {
        let document = try output.json(of: "restic", "stats", "without total_size") {
            $0["total_size"]?.number != nil
        }
        return Quantity.storage.possible(document["total_size"]?.number)
    }
}

/// Snapshots by their `time`.
private struct Dated {
    let count: Int
    /// The last one that is not in the future, and its time.
    private(set) var newest: JSON?
    private(set) var last: Double?
    private(set) var future: Double?
    private(set) var undated = 0

    init(_ snapshots: [JSON], at now: Double) {
        count = snapshots.count
        for snapshot in snapshots {
            let time = snapshot["time"]?.text.flatMap { unixTime(iso: $0) }
            guard let time, time >= Quantity.date(at: now).range.lowerBound else {
                undated += 1
                continue
            }
            if time - now > BackupHealth.skew {
                future = max(future ?? time, time)
            } else if time >= last ?? time {
                (newest, last) = (snapshot, time)
            }
        }
    }
}
