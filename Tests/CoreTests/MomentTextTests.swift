import Testing

@testable import Core

private let second: Int64 = 1_000_000_000
/// Sunday, 2026-03-29 12:00 UTC, the day on which Berlin's clock goes from 2 to 3.
private let now: Int64 = 1_774_785_600
private let berlin = LocalZone([
    .init(seconds: 3600), .init(from: 1_774_746_000, seconds: 7200),
    .init(from: 1_792_890_000, seconds: 3600),
])

private func read(_ text: String, _ zone: LocalZone = berlin, now: Int64 = now) -> Int64? {
    try? MomentText.parse(text, now: now * second, zone: zone).get() / second
}

private func mistake(_ text: String) -> String {
    guard case .failure(let mistake) = MomentText.parse(text, now: now * second, zone: berlin) else {
        return ""
    }
    return mistake.sentence
}

struct MomentTextTests {
    @Test func timesAreReadAsPeopleWriteThem() {
        #expect(read("now") == now)
        #expect(read("2026-03-01 04:10", .utc) == 1_772_338_200)
        #expect(read("2026-03-01T04:10:30", .utc) == 1_772_338_230)
        #expect(read("2026-03-01 04:10Z") == 1_772_338_200)
        #expect(read("2026-03-01 04:10 UTC") == 1_772_338_200)
        #expect(read("2026-03-01T04:10+01:00") == 1_772_334_600)
        #expect(read("2026-03-01 04:10") == 1_772_334_600)
        #expect(read("2026-03-01", .utc) == 1_772_323_200)
        #expect(read("  Yesterday   04:10 ", .utc) == 1_774_671_000)
        #expect(read("yesterday", .utc) == 1_774_656_000)
        #expect(read("today 04:10", .utc) == 1_774_757_400)
        #expect(read("@1772338200") == 1_772_338_200)
    }

    @Test func distancesAreElapsedTime() {
        #expect(read("-2h") == now - 7200)
        #expect(read("-1d12h") == now - 129_600)
        #expect(read("90 min ago") == now - 5400)
        #expect(read("-1w") == now - 604_800)
    }

    @Test func aClockAloneIsTheLatestThatIsOver() {
        #expect(read("11:59", .utc) == now - 60)
        #expect(read("12:00", .utc) == now)
        #expect(read("12:01", .utc) == now + 60 - 86_400)
    }

    @Test func daysOf23And25HoursAreKnown() {
        // At 2:00 the clock goes to 3:00.
        #expect(read("2026-03-29 01:59") == 1_774_745_940)
        #expect(read("2026-03-29 02:30") == 1_774_746_000)
        #expect(read("2026-03-29 03:00") == 1_774_746_000)
        #expect(read("2026-03-30")! - read("2026-03-29")! == 23 * 3600)
        // At 3:00 the clock goes to 2:00; the first 2:30 is meant.
        #expect(read("2026-10-25 02:30") == 1_792_888_200)
        #expect(read("2026-10-26")! - read("2026-10-25")! == 25 * 3600)
    }

    @Test(arguments: [
        "", " ", "soon", "2026-13-01", "2026-02-30", "2026-00-01", "2026-01-00", "24:00", "12:60", "1:2:3:4",
        "2026-03-01 04:10 05:10", "-", "ago", "-2", "-2x", "-h", "2h", "@", "@x", "@1.5", "26-03-01",
        "2026-03-01 99:00", "9999999999999-01-01", "-99999999999999999999y", "-9999999999999w", "-300y1s1y",
        "@99999999999999", "9999-12-31", "1000-01-01", "١٢:٠٠", "2026-03-01T", "T04:10", "04:10+99:00",
        "yesterday now",
        "\u{0}", "-1d-1d", "2026-03-01\u{1b}[2J",
    ])
    func whatIsNoTimeIsSaidInASentence(_ text: String) {
        let sentence = mistake(text)
        #expect(!sentence.isEmpty && !sentence.contains("\u{1b}"), "\(text)")
    }

    @Test func messagesSayWhatIsWrong() {
        #expect(mistake("2026-02-30 04:10").contains("there is no day 2026-02-30"))
        #expect(mistake("25:00").contains("00:00:00 to 23:59:59"))
        #expect(mistake("-2x").contains("-90m"))
        #expect(mistake("9999-12-31").contains("from 1678 to 2261"))
        #expect(mistake("soon").contains("expected 2026-03-01 04:10"))
    }

    @Test func aZoneIsMadeOfWhatASystemTells() {
        let sampled = LocalZone(from: 1_767_225_600, to: 1_798_761_600) { berlin.offset(at: $0) }
        #expect(sampled.offsets.map(\.seconds) == [3600, 7200, 3600])
        #expect(sampled.offsets.dropFirst().map(\.from) == [1_774_746_000, 1_792_890_000])
        #expect(LocalZone(from: 5, to: 5) { _ in 60 }.offsets.map(\.seconds) == [60])
    }
}
