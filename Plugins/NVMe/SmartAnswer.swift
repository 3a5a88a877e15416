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

    func apply(to drive: Drive) {
        drive.isAsked = false
        drive.hangs = isTimedOut ? drive.hangs + 1 : 0
        // The last report of a sleeping drive stays valid.
        if problem?.reason == .asleep {
            drive.problem = drive.report == nil ? problem : nil
            return
        }
        drive.report = report
        drive.problem = problem
    }

    private mutating func read(_ json: JSON, status: Int, path: String) {
        let mask =
            json["smartctl", "exit_status"]?.number.flatMap { $0 >= 0 && $0 < 256 ? Int($0) : nil } ?? status
        let messages = (json["smartctl", "messages"]?.elements ?? []).compactMap { $0["string"]?.text }
        let report = SmartReport(json, exitStatus: mask)
        if mask & 3 == 0 && !report.isEmpty { self.report = report }
        // Bits 0 and 1: no data. Bit 2: one command to the drive failed, which may have been the essential one.
        guard mask & 3 != 0 || report.isBlank else { return }
        let reason = messages.first.map { ": " + $0 } ?? ""
        func says(_ parts: String...) -> Bool {
            messages.contains { message in parts.contains { contains(message, $0) } }
        }
        if says("STANDBY", "SLEEP mode", "low-power mode") {
            fail("\(path) sleeps: its SMART data will be read when it is awake", .asleep)
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
