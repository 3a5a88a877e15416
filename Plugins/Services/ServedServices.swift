import PluginJSON
import PluginKit

/// The services document of a host.
struct ServedServices {
    /// The largest number of services that fits in a snapshot.
    static let most = 5000

    private(set) var services: [ServedService] = []
    /// What is wrong in the document, and where its summary and its list contradict each other.
    let remarks: DocumentRemarks
    /// The status that the summary gives the services together where it contradicts the list; else `auto`.
    private(set) var contradiction = Status.auto

    init(_ document: HostDocument) throws(PluginError) {
        let root = try DocumentObject(document)
        remarks = root.remarks
        let summary = try root.object("summary")
        let named = try root.objects("services").named()
        for (name, element) in named { services.append(try ServedService(name, element)) }
        contradiction = compare(summary)
    }

    /// Returns what the summary makes worse than the list.
    private func compare(_ summary: DocumentObject) -> Status {
        let counts = ServedCounts(summary, of: "services", ("healthy", "degraded", "failed"))
        var listed = ServedCounts.Tally()
        for service in services {
            switch service.verdict.status {
            case .critical: listed.critical += 1
            case .warning: listed.warning += 1
            case .ok: listed.well += 1
            case .auto, .unknown: break
            }
        }
        compareMemory(summary)
        return Status.worse(counts.compare(with: listed), counts.compare(total: services.count))
    }

    /// Says where the services together have nearly used up what they may have together.
    private func compareMemory(_ summary: DocumentObject) {
        let used = summary.number("memory_used_mb", .memory, times: ServedService.mega)
        let quota = summary.limit("memory_quota_mb", .memory, times: ServedService.mega)
        guard let used, let quota, used >= 0.95 * quota else { return }
        remarks.add(
            .warning,
            "the services use \(Format.number(used, unit: "bytes")) of memory,"
                + " and their limits together are \(Format.number(quota, unit: "bytes"))")
    }
}

/// One service of the document. ``DocumentUnit`` says what its units are.
struct ServedService {
    let name: String
    let verdict: ServiceHealth
    private let cpu: Double?
    private let memory: Double?
    private let memoryLimit: Double?
    private let disk: Double?
    private let diskQuota: Double?
    private let description: String

    static let (mega, giga) = (DocumentUnit.megabyte, DocumentUnit.gigabyte)

    init(_ name: String, _ element: DocumentObject) throws(PluginError) {
        self.name = name
        try element.require("status")
        verdict = Self.verdict(element.text("status") ?? "")
        cpu = element.number("cpu_percent", .coreTime)
        memory = element.number("memory_used_mb", .memory, times: Self.mega)
        memoryLimit = element.limit("memory_quota_mb", .memory, times: Self.mega)
        disk = element.number("disk_used_gb", .storage, times: Self.giga)
        diskQuota = element.limit("disk_quota_gb", .diskQuota, times: Self.giga)
        description = element.texts("description").joined(separator: "; ")
    }

    var isRunning: Bool { verdict.word == "running" }

    private static func verdict(_ word: String) -> ServiceHealth {
        if word == "running" { return ServiceHealth(word: word, status: .ok) }
        if word.isEmpty { return ServiceHealth(word: "unknown", status: .unknown) }
        return ServiceHealth(word: word.shortened(to: 4096), status: HostWord.status(of: word))
    }

    func emit(_ choice: Choice, into sink: Sink) {
        sink.emit(Measure.state, verdict.word, of: name, status: verdict.status)
        sink.emit(Measure.cpu, cpu, of: name)
        sink.emit(Measure.memory, memory, of: name)
        sink.emit(Measure.memoryLimit, memoryLimit, of: name)
        sink.emit(Measure.memoryPercent, Self.percent(memory, of: memoryLimit), of: name)
        if !description.isEmpty { sink.emit(Measure.description, description.shortened(to: 4096), of: name) }
        guard choice.countsDisk else { return }
        let quota = choice.quota(of: name) ?? diskQuota
        sink.emit(Measure.disk, disk, of: name)
        sink.emit(Measure.diskQuota, quota, of: name)
        sink.emit(Measure.diskPercent, Self.percent(disk, of: quota), of: name)
    }

    private static func percent(_ part: Double?, of whole: Double?) -> Double? {
        guard let part, let whole else { return nil }
        return 100 * part / whole
    }
}
