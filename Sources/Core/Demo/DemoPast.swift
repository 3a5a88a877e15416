/// What the numbers of a simulated fleet were at any moment of the last year. Nothing is stored: a number follows from the
/// series and the time, and is the one that the host's documents have at that time (``DemoFleet/document(_:of:at:)``),
/// as its plugin reads it. Before `until` there were also some incidents (`DemoIncidents`): outages, heat, a lack of
/// memory.
public struct DemoPast: Sendable {
    private let fleet: DemoFleet
    /// Unix time in seconds before which the incidents were.
    public let until: Int64
    /// Unix time in seconds up to which the past goes: ``until``, and later while the program runs.
    public var present: Int64

    /// Seconds of the past.
    private static let length: Int64 = 366 * 86_400
    /// Seconds between two samples of a host.
    private static let interval: Int64 = 10
    /// Samples of one stretch of a curve at most: more cost time and show the same.
    private static let mostSamples: Int64 = 6

    /// Creates the past of a fleet up to a Unix time in seconds, usually that of the start of the program.
    public init(_ fleet: DemoFleet, until: Int64) {
        self.fleet = fleet
        // Far from overflow.
        self.until = min(max(until, -(1 << 40)), 1 << 40)
        present = self.until
    }

    /// All series of a host, by its number; empty: the fleet has no such host.
    public func series(of host: Int) -> [DemoSeries] {
        fleet.host(host).map { DemoSeries.all(of: $0) } ?? []
    }

    /// The series of a metric of a host, one for each instance.
    public func series(of host: Int, plugin: String, metric: String) -> [DemoSeries] {
        series(of: host).filter { $0.plugin == plugin && $0.metric == metric }
    }

    /// Why a host does not answer at a Unix time in seconds, in an incident or as usual; nil: it does.
    public func absence(_ api: HostAPI, of number: Int, at seconds: Int64) -> TransportFailure? {
        guard let host = fleet.host(number) else { return nil }
        guard DemoIncidents(host, until: until).isAway(at: DemoTime(seconds)) else {
            return fleet.absence(api, of: number, at: seconds)
        }
        let place = "\(host.name):\(api.defaultPort)"
        return TransportFailure(.noConnection(HostConfiguration.defaultTimeout), at: place)
    }

    /// Returns a number in the metric's unit at a Unix time in seconds; nil: the host did not answer, or the time is not
    /// in the year before ``until``.
    public func value(of series: DemoSeries, at seconds: Int64) -> Double? {
        guard let host = fleet.host(series.host) else { return nil }
        return value(of: series.kind, host, DemoIncidents(host, until: until), at: seconds)
    }

    /// Returns a curve of a series over a window. A stretch is what some samples in it were.
    public func curve(of series: DemoSeries, in window: HistoryWindow) -> SeriesCurve {
        guard let host = fleet.host(series.host) else {
            return SeriesCurve(
                start: window.start, step: window.step,
                buckets: Array(repeating: .gap, count: min(window.count, 1 << 16)))
        }
        let incidents = DemoIncidents(host, until: until)
        let samples = min(max(window.step / (Self.interval * 1_000_000_000), 1), Self.mostSamples)
        let buckets = (0..<min(window.count, 1 << 16)).map { index in
            let begin = Double(window.start) + Double(window.step) * Double(index)
            return bucket(series.kind, host, incidents, from: begin / 1e9, Double(window.step) / 1e9, samples)
        }
        return SeriesCurve(start: window.start, step: window.step, buckets: buckets)
    }

    private func bucket(
        _ kind: DemoSeries.Kind, _ host: DemoHost, _ incidents: DemoIncidents, from begin: Double,
        _ length: Double, _ samples: Int64
    ) -> SeriesBucket {
        var bucket = SeriesBucket.gap
        var sum = 0.0
        for sample in 0..<samples {
            let seconds = begin + length * (Double(sample) + 0.5) / Double(samples)
            guard abs(seconds) < 1e12,
                let value = value(of: kind, host, incidents, at: Int64(seconds.rounded(.down)))
            else { continue }
            sum += value
            bucket.count += 1
            bucket.minimum = bucket.count == 1 ? value : min(bucket.minimum, value)
            bucket.maximum = bucket.count == 1 ? value : max(bucket.maximum, value)
            bucket.last = value
        }
        if bucket.count > 0 { bucket.mean = sum / Double(bucket.count) }
        return bucket
    }

    // MARK: Numbers

    private func value(
        of kind: DemoSeries.Kind, _ host: DemoHost, _ incidents: DemoIncidents, at seconds: Int64
    ) -> Double? {
        guard seconds <= present, seconds >= until - Self.length else { return nil }
        let time = DemoTime(seconds)
        guard !host.isAway(at: time), !incidents.isAway(at: time) else { return nil }
        let moment = DemoMoment(host, time)
        switch kind {
        case .wear(let place): return moment.wear(of: host.drives[place])
        case .heat(let place): return moment.heat(ofDrive: place) + incidents.heat(at: time).rounded()
        case .spare(let place): return moment.spare(of: host.drives[place])
        case .powerOn(let place): return 3600 * moment.powerOnHours(of: host.drives[place])
        case .used(let place):
            return Self.gigabytes(host.drives[place].capacity * moment.fill(of: host.drives[place]))
        case .capacity(let place): return Self.gigabytes(host.drives[place].capacity)
        case .load(let minutes): return (100 * moment.load(overMinutes: minutes)).rounded() / 100
        case .frequency: return 1e6 * moment.megahertz
        case .processorHeat: return moment.processorHeat + (0.7 * incidents.heat(at: time)).rounded()
        case .fileSystemPercent, .fileSystemUsed, .fileSystemSize: return Self.fileSystem(kind, moment)
        case .memoryPercent: return 100 * memory(moment, incidents) / Self.tenths(host.memory)
        case .memoryUsed: return Self.mega * memory(moment, incidents)
        case .memoryTotal: return Self.mega * Self.tenths(host.memory)
        case .gpuLoad: return moment.gpuLoad
        case .gpuHeat: return moment.gpuHeat
        case .backupAge: return Double(seconds - moment.lastSuccess.seconds)
        case .backupSize: return Self.gigabytes(moment.backupGigabytes)
        case .snapshots: return Double(moment.snapshotCount)
        case .pending: return moment.isBackingUp ? 1 : 0
        default: return Self.service(kind, host, moment)
        }
    }

    private static func service(_ kind: DemoSeries.Kind, _ host: DemoHost, _ moment: DemoMoment) -> Double? {
        switch kind {
        case .running: Double(host.services.count { moment.word(of: $0) == "running" })
        case .services: Double(host.services.count)
        case .processor(let place): tenths(moment.processor(ofService: place))
        case .memory(let place): mega * tenths(moment.memory(ofService: place))
        case .memoryLimit(let place): mega * host.services[place].memoryQuota
        case .memoryShare(let place):
            100 * tenths(moment.memory(ofService: place)) / host.services[place].memoryQuota
        case .disk(let place): gigabytes(host.services[place].disk)
        case .quota(let place): host.services[place].diskQuota.map { gigabytes($0) }
        case .diskShare(let place):
            host.services[place].diskQuota.map { 100 * host.services[place].disk / $0 }
        default: nil
        }
    }

    private static func fileSystem(_ kind: DemoSeries.Kind, _ moment: DemoMoment) -> Double? {
        guard let drive = moment.host.drives.first else { return nil }
        let (used, size) = (gigabytes(drive.capacity * moment.fill(of: drive)), gigabytes(drive.capacity))
        return kind == .fileSystemUsed ? used : kind == .fileSystemSize ? size : 100 * used / size
    }

    /// Megabytes in use.
    private func memory(_ moment: DemoMoment, _ incidents: DemoIncidents) -> Double {
        let used = moment.memoryUsed
        return Self.tenths(used + (moment.host.memory - used) * incidents.leak(at: moment.time))
    }

    private static let mega = 1_048_576.0

    /// Bytes of gigabytes as documents write them.
    private static func gigabytes(_ number: Double) -> Double { 1e9 * tenths(number) }

    /// A number as documents write it, with one decimal.
    private static func tenths(_ number: Double) -> Double { (10 * number).rounded() / 10 }
}
