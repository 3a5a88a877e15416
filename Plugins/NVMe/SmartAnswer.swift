import PluginJSON
import PluginKit

/// The result of one query: a report, the reason why there is none, or both.
struct SmartAnswer {
    private var report: SmartReport?
    private var problem: Drive.Problem?
    private let isTimedOut: Bool

    init(_ answer: CommandResult, path: String, timeout: Double) {
        isTimedOut = answer.isTimedOut
        guard !isTimedOut else {
            let patience = Format.significant(timeout) + " s"
            let sentence =
                "smartctl gave no answer for \(path) within \(patience): "
                + "the drive or its controller hangs; see dmesg"
            fail(sentence, .silent)
            return
        }
        guard !answer.output.trimmed.isEmpty else {
            let reason = answer.errorOutput.lines.first.map { ": " + $0 } ?? ""
            fail("smartctl answered nothing for \(path) (exit status \(answer.status)\(reason))")
            return
        }
        do throws(PluginError) {
            let json = try JSON(answer.output, from: "smartctl for \(path)")
            guard json.isObject else {
                throw .failed("smartctl answered for \(path) with JSON that is not an object")
            }
            read(json, status: answer.status, path: path)
        } catch {
            fail("\(error.sentence); try: smartctl -a \(path)")
        }
    }

    /// Whether the answer is another drive's than the last one.
    func isOther(than drive: Drive) -> Bool {
        guard let new = report?.identity, let old = drive.report?.identity else { return false }
        return new.isOther(than: old)
    }

    /// - Parameter now: Unix time of the answer.
    func apply(to drive: Drive, at now: Double) {
        drive.isAsked = false
        drive.hangs = isTimedOut ? drive.hangs + 1 : 0
        drive.problem = problem
        // A drive that sleeps keeps its last values, with their age.
        guard problem?.reason != .asleep else { return }
        drive.report = report
        drive.reportTime = now
    }

    private mutating func read(_ json: JSON, status: Int, path: String) {
        let mask =
            json["smartctl", "exit_status"]?.number.flatMap { $0 >= 0 && $0 < 256 ? Int($0) : nil } ?? status
        let messages = (json["smartctl", "messages"]?.elements ?? []).compactMap { $0["string"]?.text }
        let report = SmartReport(json, exitStatus: mask)
        // Values that are there count whatever the status says. Bits 0 and 1: no data is expected. Bit 2: one command
        // to the drive failed, which may have been the essential one.
        if !report.isBlank || mask & 3 == 0 && !report.isEmpty { self.report = report }
        guard report.isBlank else { return }
        let reason = messages.first.map { ": " + $0 } ?? ""
        func says(_ parts: String...) -> Bool {
            messages.contains { message in parts.contains { contains(message, $0) } }
        }
        let mode = json["power_mode", "name"]?.text ?? ""
        if says("STANDBY", "SLEEP mode", "low-power mode")
            || mask & 2 != 0 && (mode.hasPrefix("STANDBY") || mode.hasPrefix("SLEEP"))
        {
            fail("\(path) sleeps: its SMART data will be read when it is awake", .asleep)
        } else if says("please try adding '-d", "you need to specify '-d", "Missing option: -d") {
            fail("\(path) is a volume of a RAID controller\(reason)", .volume)
        } else if says("Permission denied", "Operation not permitted") {
            fail("no permission to ask \(path) for its SMART data", .denied)
        } else if says("Unknown USB bridge", "Unable to detect device type", "Unsupported USB bridge") {
            fail("\(path) cannot be asked for SMART data\(reason)", .unsupported)
        } else if report.isAvailable == false {
            fail("\(path) has no SMART data", .unsupported)
        } else if report.isEnabled == false {
            fail("SMART is switched off on \(path): smartctl -s on \(path)")
        } else if mask & 3 != 0 {
            fail("smartctl has no data of \(path) (exit status \(mask)\(reason))")
        } else if report.isEmpty {
            fail("smartctl answered for \(path) without any data of a drive; try: smartctl -a \(path)")
        } else if mask != 0 {
            fail("smartctl could not read the health of \(path) (exit status \(mask)\(reason))")
        } else {
            fail("smartctl tells nothing of the health of \(path); try: smartctl -a \(path)")
        }
    }

    private mutating func fail(_ sentence: String, _ reason: Drive.Problem.Reason = .failed) {
        problem = Drive.Problem(reason: reason, sentence: sentence)
    }
}
