import PluginJSON
import PluginKit

/// The services document of a host.
struct ServedServices {
    /// The largest number of services that fits in a snapshot.
    static let most = 5000

    private(set) var services: [ServedService] = []
    /// A name that occurs more than once; nil: none.
    let twice: String?

    init(_ document: HostDocument) throws(PluginError) {
        let root = try DocumentObject(document)
        // The summary of the host is not used here, but a document without it is not a services document.
        _ = try root.object("summary")
        let (named, twice) = try root.objects("services").named()
        for (name, element) in named { services.append(try ServedService(name, element)) }
        self.twice = twice
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

    private static let (mega, giga) = (DocumentUnit.megabyte, DocumentUnit.gigabyte)

    init(_ name: String, _ element: DocumentObject) throws(PluginError) {
        self.name = name
        verdict = Self.verdict(try element.required("status", try element.text("status")))
        cpu = try element.number("cpu_percent", in: 0...1e6)
        memory = try element.number("memory_used_mb").map { $0 * Self.mega }
        memoryLimit = Self.limit(try element.number("memory_quota_mb"), Self.mega)
        disk = try element.number("disk_used_gb", in: 0...1e9).map { $0 * Self.giga }
        diskQuota = Self.limit(try element.number("disk_quota_gb", in: 0...1e9), Self.giga)
        description = try element.texts("description").joined(separator: "; ")
    }

    var isRunning: Bool { verdict.word == "running" }

    private static func verdict(_ word: String) -> ServiceHealth {
        switch word {
        case "running": ServiceHealth(word: word, status: .ok)
        case "degraded", "restarting": ServiceHealth(word: word, status: .warning)
        case "stopped": ServiceHealth(word: word, status: .critical)
        default: ServiceHealth(word: word.isEmpty ? "unknown" : word.shortened(to: 4096), status: .unknown)
        }
    }

    /// A limit; 0 means none.
    private static func limit(_ number: Double?, _ unit: Double) -> Double? {
        guard let number, number > 0 else { return nil }
        return number * unit
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
