import PluginJSON
import PluginKit

/// The drives document of a host.
struct ServedDrives {
    private(set) var drives: [ServedDrive] = []
    private(set) var note: (status: Status, sentence: String)?

    init(_ document: HostDocument) throws(PluginError) {
        let root = try DocumentObject(document)
        let word = try root.required("status", try root.text("status"))
        let issues = try root.texts("issues").filter { !$0.isEmpty }
        let (named, twice) = try root.objects("drives").named()
        for (name, element) in named { drives.append(try ServedDrive(name, element)) }
        drives.sort { isOrdered($0.name, before: $1.name) }
        judge(word, issues)
        remark(word, issues, twice)
    }

    /// Applies the host's status to its drives. It is one word for all of them, so a bad one says nothing about a
    /// drive that no issue names.
    private mutating func judge(_ word: String, _ issues: [String]) {
        let status = Self.status(word)
        for index in drives.indices {
            let own = issues.filter { isNamed(drives[index].name, in: $0) }
            if status == .ok || drives.count == 1 || !own.isEmpty { drives[index].verdict = (word, status) }
            if status != .ok, !own.isEmpty { drives[index].findings = (own.joined(separator: "; "), status) }
        }
    }

    private mutating func remark(_ word: String, _ issues: [String], _ twice: String?) {
        let status = Self.status(word)
        if !issues.isEmpty {
            note = (status == .ok ? .auto : status, issues.joined(separator: "; "))
        } else if status != .ok {
            note = (status, "the host calls its drives \"\(word.shortened(to: 40))\" and names no issue")
        } else if let twice {
            note = (.unknown, "the drives document lists \(twice) twice; its last entry is shown")
        }
    }

    private static func status(_ word: String) -> Status {
        switch word {
        case "ok": .ok
        case "warning": .warning
        case "critical": .critical
        default: .unknown
        }
    }
}

/// One drive of the document.
struct ServedDrive {
    let name: String
    var verdict: (word: String, status: Status)?
    var findings: (text: String, status: Status)?
    private let temperature: Double?
    private let wear: Double?
    private let hours: Double?
    private let spare: Double?
    private let capacity: Double?
    private let used: Double?
    private let description: String

    init(_ name: String, _ element: DocumentObject) throws(PluginError) {
        self.name = name
        temperature = try element.number("temperature_c", in: -273...1000)
        wear = try element.number("wear_level", in: 0...100_000)
        hours = try element.number("power_on_hours", in: 0...1e7)
        spare = try element.number("available_spare", in: 0...100)
        // Sizes of drives are in powers of 1000.
        capacity = try element.number("capacity_gb", in: 0...1e9).map { $0 * DocumentUnit.gigabyte }
        used = try element.number("used_gb", in: 0...1e9).map { $0 * DocumentUnit.gigabyte }
        description = try element.texts("description").joined(separator: "; ")
    }

    /// The kind, from the name; other names do not show whether the drive rotates.
    private var kind: String? { name.hasPrefix("nvme") ? "NVMe" : nil }

    func emit(judgesHeat: Bool, into sink: Sink) {
        if let verdict {
            sink.emit(Measure.verdict, verdict.word.shortened(to: 4096), of: name, status: verdict.status)
        }
        sink.emit(Measure.wear, wear, of: name)
        sink.emit(Measure.temperature, temperature, of: name)
        if judgesHeat, let temperature, let kind {
            let heat = Heat(temperature, Drive.usualHeatLimits(of: kind))
            sink.emit(Measure.heat, heat.text, of: name, status: heat.status)
        }
        sink.emit(Measure.spare, spare, of: name)
        if let findings {
            sink.emit(Measure.findings, findings.text.shortened(to: 4096), of: name, status: findings.status)
        }
        sink.emit(Measure.powerOn, hours.map { $0 * 3600 }, of: name)
        sink.emit(Measure.used, used, of: name)
        sink.emit(Measure.capacity, capacity, of: name)
        if let kind { sink.emit(Measure.kind, kind, of: name) }
        if !description.isEmpty { sink.emit(Measure.description, description.shortened(to: 4096), of: name) }
    }
}

/// Whether a sentence names a drive: "nvme0n1" is not named by "nvme0n12".
private func isNamed(_ name: String, in sentence: String) -> Bool {
    let (name, text) = (Array(name.utf8), Array(sentence.utf8))
    func isPart(_ index: Int) -> Bool {
        guard text.indices.contains(index) else { return false }
        let byte = text[index] | 0x20
        return isDigit(text[index]) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
    }
    guard text.count >= name.count else { return false }
    for start in 0...(text.count - name.count) where text[start..<start + name.count].elementsEqual(name) {
        if !isPart(start - 1) && !isPart(start + name.count) { return true }
    }
    return false
}
