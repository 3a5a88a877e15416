import Core

/// Records a fleet with turned time.
enum Year {
    /// Records so many days. The last one is recorded every 5 s, with its tails; the week before, of which every sample
    /// is kept, every 10 s; the month before that every minute; of older ones nothing but hours is left, so that a sample
    /// each is enough.
    static func record(_ folder: String, days: Int64) throws(HistoryError) {
        let place = HistoryPlace(folder: folder)
        var fleet = Fleet()
        let end = start + days * day
        var seals: [Double] = []
        do throws(HistoryError) {
            let recording = try Recording(HistoryStore(place, writes: true), Retention())
            var time = start
            while time < end - day {
                try take(fleet.observations(at: time), at: time, recording, &seals)
                time += end - time > 32 * day ? hour : end - time > 8 * day ? 60 * second : 10 * second
            }
            try lastDay(&fleet, from: time, until: end, recording, &seals)
        } catch { throw error }
        print("numbers", fleet.numbers)
        print("hosts", Fleet.hosts)
        print("bytes", place.size)
        print("seal_p50", percentile(seals, 0.5))
        print("seal_p99", percentile(seals, 0.99))
        try opening(place)
    }

    private static func lastDay(
        _ fleet: inout Fleet, from: Int64, until end: Int64, _ recording: Recording, _ seals: inout [Double]
    ) throws(HistoryError) {
        let before = written()
        var used = 0.0
        for time in stride(from: from, to: end, by: Int(5 * second)) {
            let observations = fleet.observations(at: time)
            let start = processorTime()
            try take(observations, at: time, recording, &seals)
            recording.advance(to: time)
            if let trouble = recording.trouble { throw trouble }
            used += processorTime() - start
        }
        guard recording.seal(at: end) else { throw recording.trouble! }
        print("day_written", written() - before)
        print("day_processor", used)
    }

    private static func take(
        _ observations: [Observation], at time: Int64, _ recording: Recording, _ seals: inout [Double]
    ) throws(HistoryError) {
        let took = try milliseconds { () throws(HistoryError) in
            for observation in observations { recording.take(observation) }
        }
        if time % hour == 0, time > start { seals.append(took) }
        if let trouble = recording.trouble { throw trouble }
    }

    /// Prints the bytes of memory that recording takes at the end of an hour, beyond the values of the hosts themselves.
    static func memory(_ folder: String) throws(HistoryError) {
        var fleet = Fleet()
        _ = fleet.observations(at: start)
        let before = privateMemory()
        let recording = try Recording(HistoryStore(HistoryPlace(folder: folder), writes: true), Retention())
        var most = 0
        for time in stride(from: start, to: start + 3 * hour, by: Int(5 * second)) {
            for observation in fleet.observations(at: time) { recording.take(observation) }
            recording.advance(to: time)
            if time % (60 * second) == 0 { most = max(most, privateMemory() - before) }
        }
        print("memory_most", most)
        print("memory_end", privateMemory() - before)
    }

    /// What it takes to open the history, for reading and for recording.
    private static func opening(_ place: HistoryPlace) throws(HistoryError) {
        var (reads, records): ([Double], [Double]) = ([], [])
        for _ in 0..<20 {
            reads.append(try milliseconds { () throws(HistoryError) in _ = try HistoryReader(place).keys() })
            records.append(
                try milliseconds { () throws(HistoryError) in
                    _ = try Recording(HistoryStore(place, writes: true), Retention())
                })
        }
        print("open_to_read", percentile(reads, 0.5))
        print("open_to_record", percentile(records, 0.5))
    }
}
