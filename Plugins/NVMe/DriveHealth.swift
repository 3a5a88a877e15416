import PluginKit

/// The word for a drive's health, and its status.
struct DriveHealth {
    let text: String
    let status: Status

    /// Nil while the drive has not been queried, and where it cannot be.
    init?(_ entry: Roster.Entry, smartctlIsMissing: Bool) {
        let drive = entry.drive
        if entry.isVolume {
            // The volume is as good as its drives, which are judged where they are listed.
            self.init(text: "RAID volume", status: entry.hasMembers ? .auto : .unknown)
        } else if let passed = drive.report?.passed, !(passed && drive.isAsleep) {
            self.init(text: passed ? "PASSED" : "FAILED", status: passed ? .ok : .critical)
        } else if let spare = drive.cells.spare {
            self.init(text: spare.verdict.text, status: spare.verdict.status)
        } else if smartctlIsMissing && drive.hasSMART {
            self.init(text: "unknown", status: .unknown)
        } else if let problem = drive.problem {
            self.init(problem.reason)
        } else if drive.report != nil {
            self.init(text: drive.report?.isAvailable == false ? "no SMART" : "no verdict", status: .auto)
        } else {
            return nil
        }
    }

    private init(_ reason: Drive.Problem.Reason) {
        switch reason {
        case .denied: self.init(text: "no permission", status: .unknown)
        // Not a fault: the drive has no SMART.
        case .unsupported: self.init(text: "no SMART", status: .auto)
        case .asleep: self.init(text: "asleep", status: .auto)
        case .failed, .volume: self.init(text: "unknown", status: .unknown)
        case .silent: self.init(text: "no answer", status: .unknown)
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

    init(_ reader: SmartReader) {
        let drives = reader.roster.map { $0.drive }
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
        if let volume = reader.roster.first(where: { $0.isVolume && !$0.hasMembers }) {
            sentences.append(Self.remedy(for: volume))
        }
        let failed = reader.roster.filter { !$0.isVolume }.compactMap { $0.drive.problem }.filter {
            $0.reason == .failed || $0.reason == .silent
        }
        if let first = failed.first {
            let more = failed.count - 1
            let others = " (\(more) more \(more == 1 ? "drive" : "drives") without an answer)"
            sentences.append(first.sentence + (more > 0 ? others : ""))
        }
        let unread = drives.filter { $0.isAsked && $0.isUnread }.count
        // Drives that sleep or have no SMART are not a problem; their own line says so.
        if !sentences.isEmpty {
            note = (.unknown, sentences.joined(separator: "; "))
        } else if unread > 0 {
            note = (.auto, "waiting for smartctl to answer for \(unread) of \(drives.count) drives")
        } else {
            note = nil
        }
    }

    private static func remedy(for volume: Roster.Entry) -> String {
        let sentence = "\(volume.name) is a RAID volume, and smartctl --scan lists no drive of it"
        guard let problem = volume.drive.problem, problem.reason == .volume else { return sentence }
        return sentence + ": " + problem.sentence
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

    /// Nil at 0 °C, which is no temperature of a drive that runs, but one that sensors state that do not work.
    init?(_ temperature: Double, _ limits: Limits) {
        if temperature >= limits.critical {
            (text, status) = ("too hot (limit \(Format.number(limits.critical, unit: "celsius")))", .critical)
        } else if temperature >= limits.warning {
            (text, status) = ("hot (limit \(Format.number(limits.warning, unit: "celsius")))", .warning)
        } else if temperature != 0 {
            (text, status) = ("normal", .ok)
        } else {
            return nil
        }
    }
}
