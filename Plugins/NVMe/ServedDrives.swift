import PluginJSON
import PluginKit

/// The drives document of a host.
struct ServedDrives {
    private(set) var drives: [ServedDrive] = []
    /// What is wrong in the document, what the host complains of, and where the two contradict each other.
    let remarks: DocumentRemarks

    init(_ document: HostDocument) throws(PluginError) {
        let root = try DocumentObject(document)
        remarks = root.remarks
        try root.require("status")
        let word = root.text("status") ?? ""
        let issues = root.texts("issues").filter { !$0.isEmpty }
        let named = try root.objects("drives").named()
        for (name, element) in named { drives.append(try ServedDrive(name, element)) }
        let counts = root.optional("summary").map {
            ServedCounts($0, of: "drives", ("healthy", "warning", "critical"))
        }
        judge(word, issues, counts)
        remark(word, issues)
        counts?.compare(with: word, Self.status(word))
        counts?.compare(total: drives.count)
        drives.sort { isOrdered($0.name, before: $1.name) }
    }

    /// Applies the host's status to its drives. It is one word for all of them, so a bad one says nothing about a
    /// drive that no issue names, unless it must be about each of them, or no issue says which it is about.
    private mutating func judge(_ word: String, _ issues: [String], _ counts: ServedCounts?) {
        let own = drives.map { drive in issues.filter { isNamed(drive.name, in: $0) } }
        let said = Self.status(word)
        let status = Status.worse(said, counts?.worst ?? .auto)
        let counted = status == .critical ? counts?.critical : status == .warning ? counts?.warning : nil
        let isAboutAll = drives.count == 1 || counted == Double(drives.count)
        let isAboutNone = own.allSatisfy { $0.isEmpty }
        // The word of the worse of the two: the status, or the class of the summary.
        let worst =
            status != said
            ? status == .critical ? "critical" : "warning" : word.isEmpty ? "unknown" : word
        for index in drives.indices {
            let findings = own[index]
            if status == .ok {
                if findings.isEmpty { drives[index].verdict = (word, .ok) }
            } else if isAboutAll || !findings.isEmpty {
                drives[index].verdict = (worst, status)
            } else if isAboutNone {
                drives[index].verdict = ("unknown", .unknown)
            }
            if !findings.isEmpty {
                drives[index].findings = (findings.joined(separator: "; "), Self.ofIssues(status))
            }
        }
    }

    private func remark(_ word: String, _ issues: [String]) {
        let status = Self.status(word)
        for issue in issues { remarks.add(Self.ofIssues(status), issue) }
        if issues.isEmpty && status != .ok && !word.isEmpty {
            remarks.add(
                status, "the host calls its drives \"\(word.shortened(to: 40))\" and names no issue")
        }
    }

    private static func status(_ word: String) -> Status { word == "ok" ? .ok : HostWord.status(of: word) }

    /// The status of an issue: that of the host, which issues contradict where it is good.
    private static func ofIssues(_ status: Status) -> Status { status == .ok ? .warning : status }
}

/// One drive of the document.
struct ServedDrive {
    let name: String
    var verdict: (word: String, status: Status)?
    var findings: (text: String, status: Status)?
    private let heat: (celsius: Double, status: Status)?
    private let wear: Double?
    private let hours: Double?
    private let spare: Double?
    private let capacity: Double?
    private let used: Double?
    private let description: String
    /// Whether the document states something about the drive that cannot be true.
    private let isDoubtful: Bool

    init(_ name: String, _ element: DocumentObject) throws(PluginError) {
        self.name = name
        let before = element.remarks.fieldCount
        heat = element.temperature("temperature_c")
        wear = element.number("wear_level", .wear)
        hours = element.number("power_on_hours", .runTime, times: 3600)
        spare = element.number("available_spare", .percent)
        // Sizes of drives are in powers of 1000.
        capacity = element.number("capacity_gb", .capacity, times: DocumentUnit.gigabyte)
        used = Self.used(element, of: capacity)
        description = element.texts("description").joined(separator: "; ")
        isDoubtful = element.remarks.fieldCount > before
    }

    /// The used part, which may exceed the capacity by what rounding adds.
    private static func used(_ element: DocumentObject, of capacity: Double?) -> Double? {
        guard let used = element.number("used_gb", .storage, times: DocumentUnit.gigabyte) else { return nil }
        guard let capacity, used > capacity * 1.01 else { return used }
        element.isImpossible(
            "used_gb", Format.number(used / DocumentUnit.gigabyte, unit: ""),
            "capacity_gb is \(Format.number(capacity / DocumentUnit.gigabyte, unit: ""))")
        return nil
    }

    /// The kind, from the name; other names do not show whether the drive rotates.
    private var kind: String? { name.hasPrefix("nvme") ? "NVMe" : nil }

    func emit(judgesHeat: Bool, into sink: Sink) {
        if let verdict {
            sink.emit(Measure.verdict, verdict.word.shortened(to: 4096), of: name, status: verdict.status)
        }
        sink.emit(Measure.wear, wear, of: name)
        sink.emit(Measure.temperature, heat?.celsius, of: name, status: heat?.status ?? .auto)
        if judgesHeat, let known = heat, known.status == .auto, let kind,
            let heat = Heat(known.celsius, Drive.usualHeatLimits(of: kind))
        {
            sink.emit(Measure.heat, heat.text, of: name, status: heat.status)
        }
        sink.emit(Measure.spare, spare, of: name)
        if let findings {
            sink.emit(Measure.findings, findings.text.shortened(to: 4096), of: name, status: findings.status)
        } else if isDoubtful {
            sink.emit(Measure.findings, "impossible values", of: name, status: .unknown)
        }
        sink.emit(Measure.powerOn, hours, of: name)
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
