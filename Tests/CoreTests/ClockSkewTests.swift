import Contract
import Core
import Testing

@Suite struct ClockSkewTests {
    private let second: Int64 = 1_000_000_000
    private let now: Int64 = 1_760_216_356 * 1_000_000_000

    private func lead(_ times: (says: Double, after: Int64)...) -> Int64? {
        var clock = DocumentClock(every: 2_000_000_000)
        for time in times {
            clock.compare(1_760_216_356 + time.says, at: now + time.after * second)
            _ = clock.judge(1_760_216_356 + time.says, at: now + time.after * second)
        }
        return clock.lead
    }

    @Test func aDocumentTellsTheClockIfItIsNew() {
        // Ahead at once, behind once it has advanced evenly.
        #expect(lead((90, 0)) == 90 * second)
        #expect(lead((0, 0)) == 0)
        #expect(lead((-90, 0)) == nil)
        #expect(lead((-90, 0), (-90, 2)) == nil)
        #expect(lead((-90, 0), (-88, 2)) == -90 * second)
        // One that was old when it was first seen, and is written every ten minutes.
        #expect(lead((-90, 0), (-90, 100), (510, 511)) == -1 * second)
        #expect(lead((-500, 0), (-200, 2)) == nil)
        // Once it is told, it stays so until the next document.
        #expect(lead((90, 0), (90, 2)) == 90 * second)
        // No times.
        #expect(lead((5e10, 0)) == nil)
        #expect(lead((1.76e12, 0)) == nil)
    }

    @Test func byTheHostsClockADocumentIsNewOrOld() {
        var clock = DocumentClock(every: 2_000_000_000)
        #expect(clock.judge(1_760_216_446, at: now, skew: 90 * second) == .from(now))
        #expect(clock.judge(1_760_216_440, at: now, skew: 90 * second) == .from(now - 6 * second))
        #expect(clock.judge(1_760_216_266, at: now, skew: -90 * second) == .from(now))
        #expect(clock.judge(1_760_216_446, at: now, skew: -90 * second) == .future(180 * second))
        #expect(!clock.isSkewed(60 * second) && clock.isSkewed(61 * second))
        #expect(!clock.isSkewed(-24 * second) && clock.isSkewed(-25 * second))
    }

    @Test func aHostsClockIsKnownByAllItsDocuments() {
        func skew(_ leads: Int64...) -> Int64 {
            ClockSkew.ofHost(leads.map { $0 * second }) { $0.magnitude > UInt64(60 * second) }
        }
        #expect(skew() == 0)
        #expect(skew(90) == 90 * second)
        #expect(skew(90, 89, 70) == 90 * second)
        #expect(skew(-90, -93) == -90 * second)
        // One document of several is its own mistake.
        #expect(skew(7200, 0, 0) == 0)
        #expect(skew(7200, 90) == 0)
    }

    @Test func aSkewThatMostHostsHaveIsOurs() {
        func common(_ skews: Int64...) -> Int64? { ClockSkew.common(skews.map { $0 * second }) }
        #expect(common() == nil)
        #expect(common(90) == nil)
        #expect(common(0, 0) == nil)
        #expect(common(90, 91) != nil)
        #expect(common(90, 91, 0) != nil)
        #expect(common(90, 0, 0) == nil)
        #expect(common(90, -90) == nil)
        #expect(common(90, 500, 7200) == nil)
    }

    private func failure(_ kind: TransportFailure.Kind, to target: String? = nil) -> Failure {
        Failure(.failed, .transport(TransportFailure(kind, at: "h:6127", redirectedTo: target)))
    }

    private func state(_ troubles: HostLink.Trouble?...) -> HostState {
        var link = HostLink(["drives", "services"], timeout: 4_000_000_000)
        for (name, trouble) in zip(link.documents, troubles) { link.fail(name, trouble) }
        return HostState(link, [], at: now)
    }

    @Test func whoHasNotBeenAskedIsNotUnreachable() {
        let lookUp = HostLink.Trouble(.unresolved, failure(.nameTimeout(name: "nas.lan", 2_000_000_000)))
        let away = HostLink.Trouble(.unreachable, failure(.refused))
        #expect(state(lookUp, lookUp).word == "waiting" && state(lookUp, lookUp).status == .unknown)
        #expect(state(lookUp, nil).word == "waiting")
        #expect(state(lookUp, away).word == "unreachable")
        #expect(
            state(lookUp, lookUp).words(Wording(now: now)).hasPrefix(
                "waiting: the name nas.lan was not found"))
    }

    @Test func aBusyHostSaysWhenItIsAsked() {
        var why = failure(.busy(429, reason: "Too Many Requests"))
        why.next = .retry(at: now + 30 * second)
        let busy = HostLink.Trouble(.busy, why)
        #expect(
            state(busy, busy).words(Wording(now: now))
                == "busy, asked again in 30s: is busy and answers 429 Too Many Requests")
        #expect(state(busy, busy).word == "busy" && state(busy, nil).word == "partial")
        #expect(
            why.words(Wording(now: now, offersKeys: true))
                == "h:6127 is busy and answers 429 Too Many Requests; asked again in 30s")
    }

    @Test func behindARedirectTheTargetIsNamed() {
        #expect(
            failure(.refused, to: "http://h:1/x").words(Wording(now: now))
                == "h:6127 redirects to \"http://h:1/x\", which refuses connections: nothing listens on that port"
        )
    }

    @Test func whatCannotBeSeenIsSpeltOut() {
        #expect(Problem.printable("a\u{feff}b\u{200b}c\u{ad}\u{3164}") == "aU+FEFFbU+200BcU+00ADU+3164")
        #expect(Problem.printable("git\u{200d}ea\u{fe0f}") == "gitU+200DeaU+FE0F")
        #expect(Problem.printable("⚠\u{fe0f} 👩\u{200d}💻 büro ✓") == "⚠\u{fe0f} 👩\u{200d}💻 büro ✓")
    }
}
