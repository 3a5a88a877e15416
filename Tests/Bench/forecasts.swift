// Forecasts of simulated drives and disks, beside what became of them. Compiled by scripts/simulate-forecasts.sh
// with Tests/CoreTests/Simulation.
import Core

@main
struct Main {
    static func main() {
        wear()
        disks()
        alarms()
        logs()
        unusual()
    }

    /// A thousand drives, of eleven kinds.
    static func wear() {
        for days in [1, 14, 90, 365] {
            let trial = WearTrial(days: days, perDay: 4, count: 91, seed: 2026 + UInt64(days))
            print("\nDrives watched for \(days) days: range of 80 %")
            head("use")
            for kind in SimulatedDrive.Kind.allCases { row(kind.rawValue, trial.ours[kind] ?? Tally()) }
            row("all", trial.all)
            row("least squares", trial.leastSquares, hasRange: false)
        }
    }

    /// A thousand disks, of seven kinds.
    static func disks() {
        let trial = FillTrial(count: 143, seed: 4711)
        print("\nDisks watched for 8 to 90 days, full after 5 to 255: range of 80 %")
        head("growth")
        for kind in SimulatedDisk.Kind.allCases { row(kind.rawValue, trial.ours[kind] ?? Tally()) }
        row("all", trial.all)
        row("least squares, 14 days", trial.leastSquares, hasRange: false)
    }

    /// Ten disks each.
    static func alarms() {
        print("\nFalse alarms: days of \(AlarmTrial.days), mean of ten disks")
        print(left("", 26), right("this", 8), right("least squares", 15), right("predict_linear 1h", 19))
        for kind in AlarmCase.allCases {
            let trials = (0..<10).map { AlarmTrial(kind, seed: 100 + $0) }
            func mean(_ value: (AlarmTrial) -> Int) -> String {
                fixed(Double(trials.map(value).reduce(0, +)) / Double(trials.count), 1)
            }
            print(
                left(kind.rawValue, 26), right(mean(\.ours), 8), right(mean(\.leastSquares), 15),
                right(mean(\.predictLinear), 19))
        }
    }

    static func logs() {
        print("\nA log that fills the disk: 100 disks each")
        print(left("fills it in", 26), right("caught", 8), right("after (median)", 15))
        for hours in [2.0, 4, 8, 24] {
            let times = (0..<100).compactMap { LogTrial(hours: hours, seed: 900 + $0).caughtAfter }.sorted()
            let median = times.isEmpty ? "" : fixed(times[times.count / 2], 1) + " h"
            print(left(fixed(hours, 0) + " h", 26), right("\(times.count)", 8), right(median, 15))
        }
    }

    static func unusual() {
        let trials = (0..<20).map { UsualTrial(weeks: 49, seed: 300 + $0) }
        let marks = trials.map(\.falseMarks).reduce(0, +)
        let (caught, planted) = (trials.map(\.caught).reduce(0, +), trials.map(\.planted).reduce(0, +))
        print(
            "\nUnusual: \(fixed(Double(marks) / 20, 1)) false marks a year, \(caught) of \(planted) planted hours marked"
        )
    }

    static func head(_ name: String) {
        print(
            left(name, 26), right("drives", 8), right("no answer", 11), right("in range", 10),
            right("median error", 14), right("late/early", 12))
    }

    static func row(_ name: String, _ tally: Tally, hasRange: Bool = true) {
        print(
            left(name, 26), right("\(tally.asked)", 8), right(percent(tally.silence), 11),
            right(hasRange ? percent(tally.coverage) : "", 10), right(percent(tally.medianError), 14),
            right(hasRange ? fixed(tally.medianWidth, 1) : "", 12))
    }

    static func percent(_ part: Double) -> String { part > 9.99 ? "> 999 %" : fixed(part * 100, 0) + " %" }

    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "–" }
        let tenths = Int((value * (decimals == 0 ? 1 : 10)).rounded())
        return decimals == 0 ? "\(tenths)" : "\(tenths / 10).\(tenths % 10)"
    }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}
