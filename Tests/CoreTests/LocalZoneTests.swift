import Core
import Testing

@Suite struct LocalZoneSearchTests {
    /// Seconds of 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z, at which summer begins and ends in Europe.
    private static let (summer, winter): (Int64, Int64) = (1_774_746_000, 1_792_890_000)

    private static func stockholm(_ seconds: Int64) -> Int {
        (summer..<winter).contains(seconds) ? 7200 : 3600
    }

    @Test func changesAreFoundToTheSecond() {
        let zone = LocalZone(
            from: Self.summer - 90 * 86_400, to: Self.winter + 90 * 86_400, offset: Self.stockholm)
        #expect(
            zone.offsets == [
                LocalZone.Offset(seconds: 3600), LocalZone.Offset(from: Self.summer, seconds: 7200),
                LocalZone.Offset(from: Self.winter, seconds: 3600),
            ])
        // A day of 23 hours, and one of 25.
        #expect(zone.moment(at: Self.summer - 1).shortClock == "01:59")
        #expect(zone.moment(at: Self.summer).shortClock == "03:00")
        #expect(zone.moment(at: Self.winter - 1).shortClock == "02:59")
        #expect(zone.moment(at: Self.winter).shortClock == "02:00")
    }

    @Test func aChangeAtAnEdgeOfTheSearchIsNotLost() {
        for start in [Self.summer - 1, Self.summer - 86_400, Self.summer - 86_399] {
            let zone = LocalZone(from: start, to: start + 86_400, offset: Self.stockholm)
            #expect(zone.offset(at: Self.summer - 1) == 3600 && zone.offset(at: Self.summer) == 7200)
        }
        #expect(LocalZone(from: Self.summer, to: Self.summer + 9, offset: Self.stockholm).offsets.count == 1)
    }

    @Test func noSpanIsTooLongOrBackwards() {
        var calls = 0
        let zone = LocalZone(from: .min, to: .max) { _ in
            calls += 1
            return 60
        }
        #expect(zone == LocalZone(seconds: 60) && calls < 4000)
        #expect(LocalZone(from: 10, to: -10) { _ in 5 } == LocalZone(seconds: 5))
    }
}
