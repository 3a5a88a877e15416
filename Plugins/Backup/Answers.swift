import PluginJSON
import PluginKit

extension Answers {
    /// Stores the answer in a program's output.
    mutating func take(_ document: JSON, to question: Question, of tool: Tool) throws(PluginError) {
        switch (tool, question) {
        case (.restic, .snapshots): try takeResticSnapshots(document)
        case (.restic, .latest): size = try Self.total(document, "restic stats")
        case (.restic, .whole): stored = try Self.total(document, "restic stats")
        case (.borg, .snapshots): try takeBorgArchives(document)
        case (.borg, .latest), (.borg, .whole): try takeBorgInfo(document)
        }
    }

    /// Whether size and duration are known from the summary that newer versions of restic store in the snapshot; no
    /// further query is needed then.
    var hasSize: Bool { size != nil && duration != nil }

    private mutating func takeResticSnapshots(_ document: JSON) throws(PluginError) {
        guard document.isArray else {
            throw .failed("restic snapshots answered JSON that is not a list of snapshots")
        }
        let snapshots = document.elements
        var newest: (time: Double, snapshot: JSON)?
        var hosts: [String] = []
        for snapshot in snapshots {
            if let host = snapshot["hostname"]?.text, !hosts.contains(host) { hosts.append(host) }
            guard let time = snapshot["time"]?.text.flatMap({ unixTime(iso: $0) }) else { continue }
            if newest == nil || time >= newest!.time { newest = (time, snapshot) }
        }
        begin(
            count: snapshots.count, last: newest?.time, id: newest?.snapshot["id"]?.text ?? "", hosts: hosts)
        guard let snapshot = newest?.snapshot else { return }
        paths = snapshot["paths"]?.elements.compactMap { $0.text } ?? []
        guard let summary = snapshot["summary"] else { return }
        if let start = summary["backup_start"]?.text.flatMap({ unixTime(iso: $0) }),
            let end = summary["backup_end"]?.text.flatMap({ unixTime(iso: $0) }), end >= start
        {
            duration = end - start
        }
        size = summary["total_bytes_processed"]?.number ?? size
        added = summary["data_added_packed"]?.number ?? summary["data_added"]?.number
    }

    private mutating func takeBorgArchives(_ document: JSON) throws(PluginError) {
        guard let list = document["archives"] else {
            throw .failed("borg list answered JSON without archives")
        }
        let archives = list.elements
        var newest: (time: Double, id: String)?
        var (hosts, count): ([String], Int) = ([], 0)
        for archive in archives {
            // A checkpoint is left by an interrupted backup and does not count as one.
            let name = archive["name"]?.text ?? ""
            if name.hasSuffix(".checkpoint") || find(".checkpoint.", in: name) { continue }
            count += 1
            if let host = archive["hostname"]?.text, !host.isEmpty, !hosts.contains(host) {
                hosts.append(host)
            }
            guard let time = archive["time"]?.text.flatMap({ unixTime(iso: $0) }) else { continue }
            if newest == nil || time >= newest!.time { newest = (time, archive["id"]?.text ?? name) }
        }
        begin(count: count, last: newest?.time, id: newest?.id ?? "", hosts: hosts)
    }

    private mutating func takeBorgInfo(_ document: JSON) throws(PluginError) {
        guard let cache = document["cache", "stats"] else {
            throw .failed("borg info answered JSON without cache.stats")
        }
        stored = cache["unique_csize"]?.number
        guard let archive = document["archives"]?.elements.last else { return }
        duration = archive["duration"]?.number
        size = archive["stats", "original_size"]?.number
        added = archive["stats", "deduplicated_size"]?.number
        if let command = archive["command_line"]?.elements.compactMap({ $0.text }) {
            paths = Self.borgPaths(command)
        }
    }

    /// Takes the list of snapshots; answers about another snapshot than the last one are dropped.
    private mutating func begin(count: Int, last: Double?, id: String, hosts: [String]) {
        if id != lastID && !lastID.isEmpty || count == 0 {
            (duration, size, added, paths) = (nil, nil, nil, [])
        }
        self.count = count
        self.last = last
        self.hosts = hosts
        lastID = id
    }

    /// The words behind the archive's name in the command line, since borg stores no list of paths.
    private static func borgPaths(_ command: [String]) -> [String] {
        guard let archive = command.firstIndex(where: { find("::", in: $0) }) else { return [] }
        return command[(archive + 1)...].filter { !$0.hasPrefix("-") }
    }

    private static func total(_ document: JSON, _ source: String) throws(PluginError) -> Double {
        guard let size = document["total_size"]?.number, size >= 0 else {
            throw .failed("\(source) answered JSON without total_size")
        }
        return size
    }
}
