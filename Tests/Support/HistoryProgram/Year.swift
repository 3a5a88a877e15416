import Core

/// Records a fleet with turned time.
enum Year {
    /// Records so many days. Only the days of which every sample is kept, and one more, are recorded every 10 s; those
    /// before every minute, and those of which nothing but hours is left every 5 min.
    static func record(_ folder: String, days: Int64) throws(HistoryError) {
        let place = HistoryPlace(folder: folder)
        var fleet = Fleet()
        let (seals, lastDay) = try record(&fleet, place, until: start + days * day)
        print("numbers", fleet.numbers)
        print("hosts", Fleet.hosts)
        print("bytes", place.size)
        print("day_written", lastDay)
        print("seal_p50", percentile(seals, 0.5))
        print("seal_p99", percentile(seals, 0.99))
        try opening(place)
    }

    /// Returns what each hour's end took, in ms, and the bytes written on the last day.
    private static func record(_ fleet: inout Fleet, _ place: HistoryPlace, until end: Int64)
        throws(HistoryError) -> (seals: [Double], lastDay: Int64)
    {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        var (seals, before): ([Double], Int64?) = ([], nil)
        var time = start
        while time < end {
            if before == nil, end - time <= day { before = written() }
            let observations = fleet.observations(at: time)
            let took = try milliseconds { () throws(HistoryError) in
                for observation in observations { recording.take(observation) }
            }
            if time % hour == 0, time > start { seals.append(took) }
            recording.advance(to: time)
            if let trouble = recording.trouble { throw trouble }
            time += end - time > 31 * day ? 300 * second : end - time > 8 * day ? 60 * second : 10 * second
        }
        guard recording.seal(at: end) else { throw recording.trouble! }
        return (seals, written() - (before ?? 0))
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
