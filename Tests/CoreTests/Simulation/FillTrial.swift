import Core

/// Forecasts of simulated disks, and what became of the disks.
struct FillTrial {
    private(set) var ours: [SimulatedDisk.Kind: Tally] = [:]
    private(set) var leastSquares = Tally()

    init(count: Int, seed: UInt64) {
        var random = ForecastRandom(seed: seed)
        for kind in SimulatedDisk.Kind.allCases {
            for _ in 0..<count {
                var disk = SimulatedDisk(kind, random: &random)
                while !disk.isUsable { disk = SimulatedDisk(kind, random: &random) }
                add(disk, of: kind)
            }
        }
    }

    private mutating func add(_ disk: SimulatedDisk, of kind: SimulatedDisk.Kind) {
        let samples = disk.samples
        let year = 365 * 86_400e9
        if case .fullAt(let range) = FillForecast.make(from: samples, size: SimulatedDisk.size, at: disk.now)
        {
            ours[kind, default: Tally()].add(
                outcome: disk.left, likely: Double(range.likely - disk.now),
                early: Double(range.early - disk.now),
                late: range.late.map { Double($0 - disk.now) } ?? .infinity)
        } else if disk.left < year {
            ours[kind, default: Tally()].addSilence()
        }
        let recent = samples.suffix(14 * 24)
        if let left = Rivals.leastSquares(recent, goal: SimulatedDisk.size), left < year {
            leastSquares.add(outcome: disk.left, likely: left)
        } else if disk.left < year {
            leastSquares.addSilence()
        }
    }

    /// All kinds together.
    var all: Tally { ours.values.reduce(into: Tally()) { $0.add($1) } }
}
