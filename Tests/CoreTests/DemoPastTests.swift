import Core
import Testing

@Suite struct DemoPastTests {
    private let fleet = DemoFleet(count: 12)
    /// 2026-11-28T10:00:00Z.
    private let now: Int64 = 1_795_860_000
    private var past: DemoPast { DemoPast(fleet, until: now) }

    private func series(_ host: Int, _ plugin: String, _ metric: String) throws -> DemoSeries {
        try #require(past.series(of: host, plugin: plugin, metric: metric).first)
    }

    private func curve(_ host: Int, _ plugin: String, _ metric: String, _ span: HistorySpan, cells: Int = 150)
        throws
        -> SeriesCurve
    {
        past.curve(
            of: try series(host, plugin, metric), in: span.window(until: now * 1_000_000_000, cells: cells))
    }

    private func number(_ key: String, in document: String) throws -> Double {
        let parts = document.split(separator: "\"\(key)\":", maxSplits: 1)
        return try #require(Double(parts.last?.prefix { "0123456789.-".contains($0) } ?? ""))
    }

    @Test func itIsWhatTheDocumentsSaid() throws {
        let fields: [(HostAPI, String, String, String, Double)] = [
            (.drives, "temperature_c", "nvme", "temperature", 1), (.drives, "wear_level", "nvme", "wear", 1),
            (.drives, "power_on_hours", "nvme", "power_on", 3600), (.drives, "used_gb", "nvme", "used", 1e9),
            (.services, "cpu_load_1", "cpu", "load1", 1), (.services, "cpu_temp_c", "cpu", "temperature", 1),
            (.services, "cpu_freq_mhz", "cpu", "frequency", 1e6),
            (.services, "system_memory_used_mb", "memory", "used", 1_048_576),
            (.services, "healthy", "services", "running", 1),
            (.services, "disk_used_gb", "cpu", "fs_used", 1e9),
            (.backups, "size_gb", "backup", "size", 1e9),
            (.backups, "snapshot_count", "backup", "snapshots", 1),
        ]
        // The last two hours have no incidents, and what the host says now is what its past ends with.
        for seconds in stride(from: now - 7000, through: now, by: 397) {
            let past = DemoPast(fleet, until: now)
            for field in fields {
                let document = try #require(fleet.document(field.0, of: 0, at: seconds))
                let text = String(decoding: document, as: UTF8.self)
                #expect(
                    past.value(of: try series(0, field.2, field.3), at: seconds)
                        == field.4 * (try number(field.1, in: text)), "\(field.1) at \(seconds)")
            }
        }
    }

    @Test func aHostThatIsAwayHasNoValues() throws {
        let wear = try series(2, "nvme", "wear")
        for seconds in now - 1200..<now {
            #expect(
                (past.value(of: wear, at: seconds) == nil)
                    == (fleet.absence(.drives, of: 2, at: seconds) != nil))
        }
        // Gaps of 90 seconds, in stretches of one second.
        let gaps = try curve(2, "nvme", "wear", .fiveMinutes).buckets.filter { $0.count == 0 }.count
        #expect(gaps > 0)
    }

    @Test func theYearHasItsStory() throws {
        let wear = try curve(1, "nvme", "wear", .year).buckets.filter { $0.count > 0 }.map(\.mean)
        #expect(zip(wear, wear.dropFirst()).allSatisfy { $0 <= $1 } && wear[wear.count - 1] - wear[0] == 3)
        // Temperatures follow the day: the same hour of two days is more alike than two hours of a day.
        let heat = try curve(0, "cpu", "temperature", .week, cells: 84).buckets.map(\.mean)
        let sameHour = zip(heat.dropFirst(24), heat).map { abs($0 - $1) }.filter { $0.isFinite }.reduce(0, +)
        let otherHour = zip(heat.dropFirst(12), heat).map { abs($0 - $1) }.filter { $0.isFinite }.reduce(0, +)
        #expect(sameHour < otherHour / 2)
        // Backups run each night, and are never older than a day and a bit.
        let age = try curve(0, "backup", "age", .week, cells: 1000).buckets.filter { $0.count > 0 }
        #expect(age.map(\.maximum).max()! < 87_000 && age.map(\.minimum).min()! < 600)
        let nights = zip(age, age.dropFirst()).filter { $0.last > 80_000 && $1.last < 10_000 }.count
        #expect(nights == 7)
    }

    @Test func aFewThingsWentWrong() throws {
        var (outages, hot, full) = (0, 0, 0)
        for host in 0..<12 {
            let memory = try curve(host, "memory", "used_percent", .year, cells: 2000).buckets
            let heat = try curve(host, "nvme", "temperature", .year, cells: 2000).buckets
            outages += zip(memory, memory.dropFirst()).count { $0.count > 0 && $1.count == 0 }
            hot += heat.contains { $0.count > 0 && $0.maximum >= 85 } ? 1 : 0
            full += memory.contains { $0.count > 0 && $0.maximum >= 85 } ? 1 : 0
            // Rare: almost all of the year is well.
            #expect(memory.count { $0.count == 0 } < memory.count / 20)
            #expect(memory.allSatisfy { $0.count == 0 || $0.maximum <= 100 })
            #expect(heat.allSatisfy { $0.count == 0 || $0.maximum < 130 })
        }
        #expect(outages >= 12 && outages < 120, "\(outages)")
        #expect(hot >= 6 && full >= 6, "\(hot) \(full)")
    }

    @Test func itIsTheSameEachTime() throws {
        #expect(try curve(3, "gpu", "load", .day) == curve(3, "gpu", "load", .day))
        // Of two starts of the program, the past before both is the same, but for what had just happened.
        let load = try series(0, "cpu", "load1")
        let later = DemoPast(fleet, until: now + 86_400)
        let old = now - 40 * 86_400
        for seconds in stride(from: old, to: old + 86_400, by: 999) {
            #expect(past.value(of: load, at: seconds) == later.value(of: load, at: seconds))
        }
    }

    @Test func itEndsAndBegins() throws {
        let load = try series(0, "cpu", "load1")
        #expect(past.value(of: load, at: now + 1) == nil && past.value(of: load, at: now) != nil)
        #expect(past.value(of: load, at: now - 367 * 86_400) == nil)
        // While the program runs the past grows, and what was stays as it was.
        var later = past
        later.present += 60
        #expect(later.value(of: load, at: now + 60) != nil && later.value(of: load, at: now + 61) == nil)
        #expect(later.value(of: load, at: now - 7 * 86_400) == past.value(of: load, at: now - 7 * 86_400))
        #expect(past.series(of: 99).isEmpty && past.series(of: -1).isEmpty)
        for seconds in [Int64.min, -1, 0, .max] {
            let odd = DemoPast(fleet, until: seconds)
            _ = odd.value(of: load, at: seconds)
            for window in [
                HistoryWindow(start: .min, step: .max, count: 3),
                HistoryWindow(start: .max, step: 1, count: 3),
            ] {
                _ = odd.curve(of: load, in: window)
            }
        }
    }

    @Test func everySeriesHasAPast() {
        let window = HistorySpan.month.window(until: now * 1_000_000_000, cells: 10)
        for host in 0..<12 {
            let all = past.series(of: host)
            #expect(Set(all.map { [$0.plugin, $0.instance, $0.metric] }).count == all.count)
            for series in all {
                let curve = past.curve(of: series, in: window)
                #expect(curve.buckets.contains { $0.count > 0 && $0.mean.isFinite }, "\(series)")
            }
        }
    }
}
