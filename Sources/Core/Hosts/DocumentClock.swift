/// Checks the time stamps of a host's documents: whether they are plausible, and whether they still advance.
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

    /// The latest plausible time stamp, and when it was first seen.
    private var last: (time: Int64, since: Int64)?
    private let patience: Int64

    /// The difference in nanoseconds that two clocks may have; a time stamp further ahead is a mistake.
    private static let aheadAtMost: Int64 = 60_000_000_000
    /// The number of intervals after which a time stamp that does not advance is reported.
    public static let stillIntervals: Int64 = 12

    /// Creates a clock for one document.
    ///
    /// - Parameter interval: Nanoseconds from one document to the next.
    public init(every interval: UInt64) {
        patience = Self.stillIntervals * min(Int64(clamping: interval), .max / Self.stillIntervals)
    }

    /// Checks a time stamp and records it.
    ///
    /// - Parameter seconds: Unix seconds; nil: the document has none, and counts as being from now.
    /// - Parameter now: Unix nanoseconds.
    public mutating func judge(_ seconds: Double?, at now: Int64) -> Judgement {
        guard let seconds, seconds.isFinite, abs(seconds) < 9e18 else { return .from(now) }
        if abs(seconds / 1e3 * 1e9 - Double(now)) < Double(Self.day) { return .milliseconds }
        guard seconds * 1e9 - Double(now) <= Double(Self.aheadAtMost) else {
            return .future(Int64(min(seconds - Double(now) / 1e9, 9.2e9) * 1e9))
        }
        let time = min(Int64(max(seconds, -9e9) * 1e9), now)
        if last?.time != time { last = (time, now) }
        return judgeSame(at: now) ?? .from(time)
    }

    /// Checks the answer that the last document is still valid; nil: that is plausible.
    public func judgeSame(at now: Int64) -> Judgement? {
        guard let last, now - last.since > patience else { return nil }
        return .still(now - last.time)
    }

    private static let day: Int64 = 86_400_000_000_000
}
