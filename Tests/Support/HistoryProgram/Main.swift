// Feeds the history with turned time and reads it again, for Tests/Bench/history.py and Tests/System/test_history_kill.py.
// history_program.py compiles it together with Sources/History, against the modules of a release build.
//
//     history year FOLDER DAYS       records simulated hosts; prints sizes, times and bytes written, one "name value" a line
//     history memory FOLDER          records three hours; prints the memory that it takes
//     history read FOLDER COUNT      prints how long questions about that history take, in ms
//     history series FILE FOLDER     records a file of proc_series.py; prints bytes a sample
//     history record FOLDER T FILE   records from turned second T on, until it is killed; FILE holds the second reached
//     history check FOLDER FROM TO   prints how many of the samples of `record` are missing or wrong
import Core
import Glibc

@main
struct Main {
    static func main() {
        let words = CommandLine.arguments
        do throws(HistoryError) {
            switch (words.dropFirst().first, words.count) {
            case ("year", 4): try Year.record(words[2], days: Int64(words[3])!)
            case ("memory", 3): try Year.memory(words[2])
            case ("read", 4): try Reading.measure(words[2], count: Int(words[3])!)
            case ("series", 4): try SeriesFile.record(words[2], words[3])
            case ("record", 5): try Child.record(words[2], from: Int64(words[3])!, words[4])
            case ("check", 5): try Child.check(words[2], from: Int64(words[3])!, to: Int64(words[4])!)
            default: stop("history year|memory|read|series|record|check …")
            }
        } catch { stop(error.sentence) }
    }
}

func stop(_ sentence: String) -> Never {
    let line = Array("history: \(sentence)\n".utf8)
    _ = write(2, line, line.count)
    exit(1)
}

let second: Int64 = 1_000_000_000
let hour = 3600 * second
let day = 24 * hour
/// Midnight of 1 March 2026.
let start: Int64 = 1_772_323_200 * second

/// Returns what a call takes, in ms.
func milliseconds(_ body: () throws(HistoryError) -> Void) throws(HistoryError) -> Double {
    let clock = ContinuousClock()
    let before = clock.now
    try body()
    let (seconds, attoseconds) = (clock.now - before).components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
}

/// Returns the value that `part` of all are not above.
func percentile(_ values: [Double], _ part: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]
}

/// Bytes that this process has given to the kernel to write.
func written() -> Int64 { number("wchar:", of: "/proc/self/io") }

/// Bytes of memory that no other process shares.
func privateMemory() -> Int {
    let file = "/proc/self/smaps_rollup"
    return Int(number("Private_Clean:", of: file) + number("Private_Dirty:", of: file)) << 10
}

/// Seconds of a processor that this thread has used.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Returns the number behind a name in a file of /proc.
private func number(_ name: String, of path: String) -> Int64 {
    var line = [CChar](repeating: 0, count: 256)
    guard let file = fopen(path, "r") else { return 0 }
    defer { fclose(file) }
    while fgets(&line, 256, file) != nil {
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace)
        if words.first == name[...] { return Int64(words[1]) ?? 0 }
    }
    return 0
}
