/// What went wrong on a simulated host in the past, beside what goes wrong at all times. It depends on the host's number
/// and the time only: each kind happens in some of the 30 days long parts of the time, once.
struct DemoIncidents {
    private let host: DemoHost
    /// What is not over two hours before this Unix time did not happen, so that nothing of it is left now.
    private let until: Int64

    private static let part: Int64 = 30 * DemoTime.day
    private static let quiet: Int64 = 2 * 3600
    private static let longest: Int64 = 20 * 3600

    private struct Kind {
        var seed: Int
        /// How many of the parts have one, 0 to 1.
        var chance: Double
        var shortest, longest: Int64
    }

    /// The host does not answer.
    private static let outage = Kind(seed: 101, chance: 0.45, shortest: 1500, longest: 9 * 3600)
    /// A fan stands still.
    private static let heat = Kind(seed: 111, chance: 0.35, shortest: 2 * 3600, longest: 6 * 3600)
    /// A program takes more and more memory, and is ended.
    private static let leak = Kind(seed: 121, chance: 0.3, shortest: 6 * 3600, longest: DemoIncidents.longest)

    init(_ host: DemoHost, until: Int64) {
        (self.host, self.until) = (host, until)
    }

    /// Whether the host does not answer.
    func isAway(at time: DemoTime) -> Bool { progress(of: Self.outage, at: time) != nil }

    /// Degrees Celsius by which drives and processor are hotter.
    func heat(at time: DemoTime) -> Double {
        guard let (part, number) = progress(of: Self.heat, at: time) else { return 0 }
        let peak = 38 + 14 * DemoTime.chance(host.seed(Self.heat.seed + 3), number)
        // It rises for a quarter of the time, and falls in the last tenth, when the fan runs again.
        return peak * min(part / 0.25, 1, (1 - part) / 0.1)
    }

    /// The part of the free memory, 0 to 1, that is taken as well.
    func leak(at time: DemoTime) -> Double {
        guard let (part, _) = progress(of: Self.leak, at: time) else { return 0 }
        return 0.95 * part
    }

    /// How far what happens has come, 0 to 1, and in which part of the time it is; nil: it does not happen.
    private func progress(of kind: Kind, at time: DemoTime) -> (part: Double, number: Int64)? {
        let into = time.into(Self.part)
        let number = (time.seconds - into) / Self.part
        guard DemoTime.chance(host.seed(kind.seed), number) < kind.chance else { return nil }
        let size = DemoTime.chance(host.seed(kind.seed + 1), number)
        // Short ones are more frequent.
        let length = kind.shortest + Int64(size * size * Double(kind.longest - kind.shortest))
        let room = Double(Self.part - length)
        let begin = Int64(DemoTime.chance(host.seed(kind.seed + 2), number) * room)
        guard into >= begin, into < begin + length,
            number * Self.part + begin + length + Self.quiet <= until
        else { return nil }
        return (Double(into - begin) / Double(length), number)
    }
}
