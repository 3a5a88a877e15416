/// The differences of a local time from UTC over a span of time. They are passed in, since only the system knows them.
public struct LocalZone: Sendable, Equatable {
    /// A difference and when it begins.
    public struct Offset: Sendable, Equatable {
        /// Unix time in seconds from which on it applies.
        public var from: Int64
        /// Seconds that the local time is ahead of UTC.
        public var seconds: Int

        /// Creates a difference; without `from` it applies to all earlier times.
        public init(from: Int64 = .min, seconds: Int) {
            self.from = from
            self.seconds = seconds
        }
    }

    /// A moment as a clock on the wall shows it.
    public struct Moment: Sendable, Equatable {
        /// The day.
        public let date: CivilDate
        /// 0 to 23.
        public let hour: Int
        /// 0 to 59.
        public let minute: Int
        /// 0 to 59.
        public let second: Int

        /// The time of day as "14:05".
        public var shortClock: String { CivilDate.padded(hour, 2) + ":" + CivilDate.padded(minute, 2) }
        /// The time of day as "14:05:09".
        public var clock: String { shortClock + ":" + CivilDate.padded(second, 2) }
    }

    /// The differences, the earliest first. Never empty.
    public let offsets: [Offset]

    /// Local time that is UTC.
    public static let utc = LocalZone(seconds: 0)

    /// Creates a zone that is always so many seconds ahead of UTC.
    public init(seconds: Int) { self.init([Offset(seconds: seconds)]) }

    /// Creates a zone from differences in any order. Before the first of them, that one applies. Differences beyond 26
    /// hours are clamped.
    public init(_ offsets: [Offset]) {
        let most = 26 * 3600
        let sorted = offsets.sorted { $0.from < $1.from }.map {
            Offset(from: $0.from, seconds: min(max($0.seconds, -most), most))
        }
        self.offsets = sorted.isEmpty ? [Offset(seconds: 0)] : sorted
    }

    /// Returns the seconds that the local time is ahead of UTC at a Unix time in seconds.
    public func offset(at seconds: Int64) -> Int {
        (offsets.last { $0.from <= seconds } ?? offsets[0]).seconds
    }

    /// Returns the local date and time of a Unix time in seconds.
    public func moment(at seconds: Int64) -> Moment {
        let local = local(seconds)
        let rest = Int(((local % 86_400) + 86_400) % 86_400)
        let date = CivilDate(number: Int((local - Int64(rest)) / 86_400))
        return Moment(date: date, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60)
    }

    /// Returns whether the difference changes between two Unix times in seconds.
    public func changes(from: Int64, to: Int64) -> Bool {
        offsets.dropFirst().contains { $0.from > from && $0.from <= to }
    }

    /// Returns the Unix time in seconds at which a local day, counted from 1970-01-01, begins. Where a change leaves out
    /// midnight, that is the moment of the change; where there are two midnights, the first.
    public func start(ofDay day: Int) -> Int64 { time(ofDay: day, clock: 0) }

    /// Returns the Unix time in seconds of a local day, counted from 1970-01-01, and seconds of its clock. Where a change
    /// leaves the time out, that is the moment of the change; where the time is there twice, the first.
    public func time(ofDay day: Int, clock: Int64) -> Int64 {
        let local = Int64(CivilDate(number: day).number) * 86_400 + min(max(clock, 0), 86_399)
        for (index, offset) in offsets.enumerated() {
            let moment = local - Int64(offset.seconds)
            if index + 1 == offsets.count || moment < offsets[index + 1].from {
                return index == 0 ? moment : max(moment, offset.from)
            }
        }
        return local
    }

    /// Returns the Unix times in seconds, at most `most`, at which the local time of day is a multiple of `step`
    /// seconds. An hour that is there twice counts twice, one that is left out does not count.
    func multiples(of step: Int64, from: Int64, to: Int64, atMost most: Int) -> [Int64] {
        guard step > 0 else { return [] }
        var found: [Int64] = []
        for (index, offset) in offsets.enumerated() {
            let begin = index == 0 ? from : max(from, offset.from)
            let end = index + 1 < offsets.count ? min(to, offsets[index + 1].from - 1) : to
            guard begin <= end else { continue }
            let local = clamped(begin) + Int64(offset.seconds)
            var next = local - (((local % step) + step) % step)
            if next < local { next += step }
            while next - Int64(offset.seconds) <= end, found.count < most {
                found.append(next - Int64(offset.seconds))
                next += step
            }
        }
        return found
    }

    private func local(_ seconds: Int64) -> Int64 { clamped(seconds) + Int64(offset(at: seconds)) }

    /// Far beyond what 64 bits of nanoseconds hold, and far from overflow.
    private func clamped(_ seconds: Int64) -> Int64 { min(max(seconds, -(1 << 40)), 1 << 40) }
}
