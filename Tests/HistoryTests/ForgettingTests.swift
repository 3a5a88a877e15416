import Core
import Foundation
import Testing

@testable import History

/// Hosts, plugins and drives that are forgotten, and databases that are compacted.
struct ForgettingTests {
    private let folder = Folder()
    private var place: HistoryPlace { folder.place }

    /// Whether a name stands in any byte of any file.
    private func isNamed(_ name: String) throws -> Bool {
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let data = FileManager.default.contents(atPath: folder.path + "/" + file) ?? Data()
            if data.range(of: Data(name.utf8)) != nil { return true }
        }
        return false
    }

    private func fill() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        for minute in 0..<300 {
            let time = noon + Int64(minute) * 60 * second
            for host in ["alpha-host", "beta-host"] {
                // The drive moves from one host to the other.
                let isHere = (host == "alpha-host") == (minute < 150)
                recording.take(
                    StoreExample.observation(
                        Double(minute), isHere ? "SERIAL4711" : "OTHER0815", at: time,
                        of: SeriesKey(host: host, plugin: "nvme"), instances: ["nvme0n1"]))
                recording.take(
                    StoreExample.observation(
                        1, "backup of alpha-host is fine", at: time,
                        of: SeriesKey(host: host, plugin: "backup")))
            }
            if minute == 200 {
                recording.take(
                    Observation(
                        key: SeriesKey(host: "beta-host", plugin: "backup"), time: time,
                        fact: .failure(Failure(.failed, .plugin("alpha-host does not answer")))))
            }
            recording.advance(to: time)
        }
        recording.flush(at: noon + 5 * hour)
    }

    @Test func aHostThatIsForgottenStandsInNoByte() throws {
        try fill()
        #expect(try isNamed("alpha-host"))
        // A reader that is open does not keep it.
        let editor = try HistoryEditor(place)
        let oblivion = try editor.oblivion(of: "alpha-host")
        #expect(
            Set(oblivion.sources.map(SeriesName.text)) == ["alpha-host/nvme", "alpha-host/backup"])
        #expect(oblivion.mentions[SeriesKey(host: "beta-host", plugin: "backup")] ?? 0 > 0)
        try editor.forget(oblivion)
        #expect(try !isNamed("alpha-host"))
        #expect(try isNamed("beta-host"))
        let check = try HistoryCheck.run(place, zone: .utc)
        #expect(check.isWell && check.whole > 0)
        let curve = try HistoryReader(place).curve(
            of: SeriesKey(host: "beta-host", plugin: "backup"), "", "used", from: noon, to: noon + 5 * hour,
            step: hour)
        #expect(curve.buckets.allSatisfy { $0.count > 0 })
    }

    @Test func aDriveIsForgottenWhereverItHasBeen() throws {
        try fill()
        let editor = try HistoryEditor(place)
        let oblivion = try editor.oblivion(of: "SERIAL4711")
        #expect(oblivion.sources.isEmpty)
        #expect(
            oblivion.instances == [
                SeriesKey(host: "alpha-host", plugin: "nvme"): ["nvme0n1"],
                SeriesKey(host: "beta-host", plugin: "nvme"): ["nvme0n1"],
            ])
        try editor.forget(oblivion)
        #expect(try !isNamed("SERIAL4711"))
        #expect(try isNamed("OTHER0815"))
        // The other drive's hours are there.
        let curve = try HistoryReader(place).curve(
            of: SeriesKey(host: "beta-host", plugin: "nvme"), "nvme0n1", "used", from: noon,
            to: noon + 2 * hour, step: hour)
        #expect(curve.buckets.map(\.count).allSatisfy { $0 > 0 })
    }

    @Test func aPluginGoesFromAllHosts() throws {
        try fill()
        let editor = try HistoryEditor(place)
        try editor.forget(editor.oblivion(of: "nvme", as: .plugin))
        #expect(Set(try HistoryReader(place).keys().map(\.plugin)) == ["backup"])
        #expect(try editor.oblivion(of: "nothing").isEmpty)
        #expect(try editor.oblivion(of: "").isEmpty)
    }

    @Test func whileAnotherProgramRecordsNothingIsForgotten() throws {
        try fill()
        let lock = try RecordingLock(place)
        let error = #expect(throws: HistoryError.self) { try HistoryEditor(place, patience: 0) }
        #expect(error?.kind == .busy && error?.sentence.contains("a dashboard is recording") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func aReaderThatKeepsTheLogIsTold() throws {
        try fill()
        let reader = try Database(place.database, writes: false)
        try reader.run("BEGIN")
        _ = try reader.integer("SELECT count(*) FROM chunk")
        let editor = try HistoryEditor(place)
        let error = #expect(throws: HistoryError.self) {
            try editor.forget(editor.oblivion(of: "alpha-host"))
        }
        #expect(error?.kind == .held || error?.kind == .busy)
        try reader.run("COMMIT")
        try editor.compact()
        #expect(try !isNamed("alpha-host"))
    }

    @Test func compactingGivesRoomBack() throws {
        try StoreExample.fill(place, hosts: 3, hours: 48)
        let editor = try HistoryEditor(place)
        for source in try editor.store.sources() {
            _ = try editor.store.expire(.native, source: source.id, before: .max, most: 1000)
        }
        let before = editor.size
        try editor.compact()
        #expect(editor.size < before)
        #expect(try StoreExample.rows(.fiveMinutes, place) == 3 * 48)
    }
}
