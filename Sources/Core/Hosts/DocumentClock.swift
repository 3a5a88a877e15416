/// Checks the time stamps of a host's documents: whether they are plausible, and whether they still advance. Also
/// tells what they say about the clock of the host.
public struct DocumentClock: Sendable {
    /// The result of checking a time stamp.
    public enum Judgement: Sendable, Equatable {
        /// The document is from this time, in Unix nanoseconds.
        case from(Int64)
        /// The time stamp lies this many nanoseconds in the future.
        case future(Int64)
        /// The time stamp counts milliseconds instead of seconds.
        case milliseconds
        /// The time stamp has not advanced for too long; it is this many nanoseconds old.
        case still(Int64)
    }

    /// The latest plausible time stamp by the host's clock, and when it was first seen by this machine's.
    private var last: (time: Int64, since: Int64)?
    /// The latest time stamp as the document has it, and its lead when it was first seen.
    private var seen: (time: Int64, lead: Int64)?
    private let patience: Int64

    /// Nanoseconds by which the times of the document are ahead of this machine's clock, behind it where negative; nil:
    /// it does not tell, since it may be an old document. One that is evenly late counts once it has advanced.
    public private(set) var lead: Int64?

    /// The difference in nanoseconds that two clocks may have; a time stamp further ahead is a mistake.
    public static let aheadAtMost: Int64 = 60_000_000_000
    /// The number of intervals after which a time stamp that does not advance is reported.
    public static let stillIntervals: Int64 = 12
    /// Nanoseconds by which the time stamp of a new document may differ from the clocks' difference.
    private static let closely: Int64 = 5_000_000_000

    /// Creates a clock for one document.
    ///
    /// - Parameter interval: Nanoseconds from one document to the next.
    public init(every interval: UInt64) {
        patience = Self.stillIntervals * min(Int64(clamping: interval), .max / Self.stillIntervals)
    }

    /// Checks a time stamp and records it.
    ///
    /// - Parameter seconds: Unix seconds; nil: the document has none, and counts as being from now.
    /// - Parameter now: Unix nanoseconds of this machine's clock.
    /// - Parameter skew: Nanoseconds by which the host's clock is ahead of this machine's.
    public mutating func judge(_ seconds: Double?, at now: Int64, skew: Int64 = 0) -> Judgement {
        guard let seconds, seconds.isFinite, abs(seconds) < 9e18 else { return .from(now) }
        if Self.countsMilliseconds(seconds) { return .milliseconds }
        let ahead = seconds - Double(now) / 1e9 - Double(skew) / 1e9
        guard ahead * 1e9 <= Double(Self.aheadAtMost) else { return .future(Int64(min(ahead, 9.2e9) * 1e9)) }
        let time = min(Self.nanoseconds(seconds), now.adding(skew))
        if last?.time != time { last = (time, now) }
        return judgeSame(at: now, skew: skew) ?? .from(min(time.adding(-skew), now))
    }

    /// Checks the answer that the last document is still valid; nil: that is plausible.
    public func judgeSame(at now: Int64, skew: Int64 = 0) -> Judgement? {
        guard let last, now - last.since > patience else { return nil }
        return .still(now.adding(skew).adding(-last.time))
    }

    /// Whether no time stamp has been compared yet.
    public var isNew: Bool { seen == nil }

    /// Records what a time stamp tells about the host's clock; see ``lead``.
    ///
    /// - Parameter seconds: Unix seconds as the document has them; nil: it has none.
    /// - Parameter now: Unix nanoseconds of this machine's clock.
    public mutating func compare(_ seconds: Double?, at now: Int64) {
        guard let seconds, seconds.isFinite, abs(seconds) < Self.farthest, !Self.countsMilliseconds(seconds)
        else { return lead = nil }
        let time = Self.nanoseconds(seconds)
        // Only when it is new does a document tell the time.
        guard seen?.time != time else { return }
        let found = time.adding(-now)
        if found > Self.aheadAtMost || found.magnitude <= UInt64(Self.closely) {
            // Nothing is from the future, and hardly anything is as old as the clocks differ.
            lead = found
        } else if let seen, seen.time < time {
            // It is seen at the next request, so up to an interval late.
            let tolerance = Self.closely.adding(patience / Self.stillIntervals)
            lead = found.adding(-seen.lead).magnitude <= UInt64(tolerance) ? found : nil
        }
        seen = (time, found)
    }

    /// Whether a lead makes good documents count as old, or as ones from the future.
    public func isSkewed(_ lead: Int64) -> Bool { lead > Self.aheadAtMost || lead < -patience }

    /// Unix seconds between the years 2000 and 2100, counted in milliseconds.
    private static func countsMilliseconds(_ seconds: Double) -> Bool {
        (946_684_800_000...4_102_444_800_000).contains(seconds)
    }

    private static func nanoseconds(_ seconds: Double) -> Int64 { Int64(max(seconds, -9e9) * 1e9) }
    /// The year 2100 in Unix seconds. What is later is no time.
    private static let farthest = 4_102_444_800.0
}

extension Int64 {
    /// The sum, held within the limits.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
