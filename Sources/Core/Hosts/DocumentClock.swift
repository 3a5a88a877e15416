/// Looks at the times that a host's documents say they are from: whether that can be, and since when they stand still.
public struct DocumentClock: Sendable {
    public enum Judgement: Sendable, Equatable {
        /// It is from then, Unix nanoseconds.
        case from(Int64)
        /// It is from so many nanoseconds later than now.
        case future(Int64)
        /// It counts milliseconds, where seconds are due.
        case milliseconds
        /// All that have come for a while are from the same moment, so many nanoseconds ago.
        case still(Int64)
    }

    /// The last that could be, and since when it has been that one.
    private var last: (time: Int64, since: Int64)?
    private let patience: Int64

    /// A document from later than this, in nanoseconds, is not a matter of two clocks.
    private static let aheadAtMost: Int64 = 60_000_000_000
    /// A time that has stood still for so many intervals is not a matter of chance.
    public static let stillIntervals: Int64 = 12

    /// - Parameter interval: Nanoseconds from one document to the next.
    public init(every interval: UInt64) {
        patience = Self.stillIntervals * min(Int64(clamping: interval), .max / Self.stillIntervals)
    }

    /// - Parameter seconds: What the document says; nil: it says nothing, and is at least an answer of now.
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

    /// The host says that its last document still holds; nil: that may be.
    public func judgeSame(at now: Int64) -> Judgement? {
        guard let last, now - last.since > patience else { return nil }
        return .still(now - last.time)
    }

    private static let day: Int64 = 86_400_000_000_000
}
