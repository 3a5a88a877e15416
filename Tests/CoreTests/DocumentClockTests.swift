import Core
import Testing

@Suite struct DocumentClockTests {
    private let second: Int64 = 1_000_000_000
    /// 2025-10-11, some hours in.
    private let now: Int64 = 1_760_216_356 * 1_000_000_000

    private func clock() -> DocumentClock { DocumentClock(every: 5_000_000_000) }

    @Test func aDocumentIsFromWhenItSays() {
        var clock = clock()
        #expect(clock.judge(1_760_216_350, at: now) == .from(now - 6 * second))
        #expect(clock.judge(1_760_216_355.5, at: now) == .from(now - second / 2))
        // A clock that is a little ahead.
        #expect(clock.judge(1_760_216_400, at: now) == .from(now))
        #expect(clock.judge(nil, at: now) == .from(now))
        #expect(clock.judge(.nan, at: now) == .from(now))
    }

    @Test func theFutureIsNotBelieved() {
        var clock = clock()
        #expect(clock.judge(1_760_223_556, at: now) == .future(7200 * second))
        for wild in [5e10, 1e15, 8.9e18] {
            guard case .future = clock.judge(wild, at: now) else {
                Issue.record("\(wild) is believed")
                continue
            }
        }
    }

    @Test func millisecondsAreNamedAsSuch() {
        var clock = clock()
        #expect(clock.judge(1_760_216_356_000, at: now) == .milliseconds)
        #expect(clock.judge(1_760_216_000_000, at: now) == .milliseconds)
    }

    @Test func aTimeThatStandsStillIsSaidToAfterTwelveIntervals() {
        var clock = clock()
        #expect(clock.judge(1_760_216_350, at: now) == .from(now - 6 * second))
        #expect(clock.judge(1_760_216_350, at: now + 60 * second) == .from(now - 6 * second))
        #expect(clock.judgeSame(at: now + 60 * second) == nil)
        #expect(clock.judgeSame(at: now + 61 * second) == .still(67 * second))
        #expect(clock.judge(1_760_216_350, at: now + 61 * second) == .still(67 * second))
        // It goes on.
        #expect(clock.judge(1_760_216_411, at: now + 62 * second) == .from(now + 55 * second))
        #expect(clock.judgeSame(at: now + 63 * second) == nil)
    }

    @Test func anOldDocumentIsOldAndNotWrong() {
        var clock = clock()
        #expect(clock.judge(0, at: now) == .from(0))
        #expect(clock.judge(-5, at: now) == .from(-5 * second))
        #expect(clock.judge(-1e17, at: now) == .from(-9_000_000_000 * second))
    }
}
