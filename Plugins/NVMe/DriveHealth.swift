import PluginKit

/// The word for a drive's health, and its status.
struct DriveHealth {
    let text: String
    let status: Status

    /// Nil while the drive has not been queried, and where it cannot be.
    init?(_ drive: Drive, smartctlIsMissing: Bool) {
        if let passed = drive.report?.passed {
            self.init(text: passed ? "PASSED" : "FAILED", status: passed ? .ok : .critical)
        } else if smartctlIsMissing && drive.hasSMART {
            self.init(text: "unknown", status: .unknown)
        } else if let problem = drive.problem {
            switch problem.reason {
            case .denied: self.init(text: "no permission", status: .unknown)
            // Not a fault: the drive has no SMART.
            case .unsupported: self.init(text: "no SMART", status: .auto)
            case .asleep: self.init(text: "asleep", status: .auto)
            case .failed: self.init(text: "unknown", status: .unknown)
            case .silent: self.init(text: "no answer", status: .unknown)
            }
        } else if drive.report != nil {
            self.init(text: drive.report?.isAvailable == false ? "no SMART" : "no verdict", status: .auto)
        } else {
            return nil
        }
    }

    private init(text: String, status: Status) {
        self.text = text
        self.status = status
    }
}

/// The sentence under the drives: what is not known and how to change that.
struct Remarks {
    let note: (status: Status, sentence: String)?

    init(_ drives: [Drive], _ reader: SmartReader) {
        guard !reader.isMissing else {
            let sentence =
                "smartctl is not installed: wear and verdict are not known; apt install smartmontools"
            note = drives.contains { $0.hasSMART } ? (.unknown, sentence) : nil
            return
        }
        var sentences: [String] = []
        if let problem = reader.scanProblem { sentences.append(problem) }
        let denied = drives.filter { $0.problem?.reason == .denied }
        if !denied.isEmpty { sentences.append(Self.remedy(for: denied, of: drives.count)) }
        let failed = drives.compactMap { $0.problem }.filter { $0.reason == .failed || $0.reason == .silent }
        if let first = failed.first {
            let more = failed.count - 1
            let others = " (\(more) more \(more == 1 ? "drive" : "drives") without an answer)"
            sentences.append(first.sentence + (more > 0 ? others : ""))
        }
        let unread = drives.filter { $0.isAsked && $0.report == nil && $0.problem == nil }.count
        // Drives that sleep or have no SMART are not a problem; their own line says so.
        if !sentences.isEmpty {
            note = (.unknown, sentences.joined(separator: "; "))
        } else if unread > 0 {
            note = (.auto, "waiting for smartctl to answer for \(unread) of \(drives.count) drives")
        } else {
            note = nil
        }
    }

    private static func remedy(for denied: [Drive], of count: Int) -> String {
        let more = denied.count > 3 ? ", …" : ""
        let names = denied.prefix(3).map { $0.name }.joined(separator: ", ") + more
        let which = denied.count == 1 ? names : "\(denied.count) of \(count) drives (\(names))"
        return "no permission to read SMART data of \(which): run as root, or allow smartctl in sudoers "
            + "and set command = [\"sudo\", \"-n\", \"smartctl\"] and new_privileges = true"
    }
}

/// A temperature judged by the limits of its drive.
struct Heat {
    let text: String
    let status: Status

    init(_ temperature: Double, _ limits: Limits) {
        if temperature >= limits.critical {
            (text, status) = ("too hot (limit \(Format.number(limits.critical, unit: "celsius")))", .critical)
        } else if temperature >= limits.warning {
            (text, status) = ("hot (limit \(Format.number(limits.warning, unit: "celsius")))", .warning)
        } else {
            (text, status) = ("normal", .ok)
        }
    }
}
