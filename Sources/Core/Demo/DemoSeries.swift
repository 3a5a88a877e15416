/// One series of numbers of a simulated host, named as its plugin names it.
public struct DemoSeries: Sendable, Hashable {
    /// The host's number in the fleet.
    public let host: Int
    /// The plugin's id: "nvme".
    public let plugin: String
    /// The instance: "nvme0n1".
    public let instance: String
    /// The metric's id: "temperature".
    public let metric: String
    /// The metric's unit.
    public let unit: String
    let kind: Kind

    /// What the number is of; a place is that of a drive or service in its host.
    enum Kind: Sendable, Hashable {
        case wear(Int), heat(Int), spare(Int), powerOn(Int), used(Int), capacity(Int)
        case load(Int64), frequency, processorHeat, fileSystemPercent, fileSystemUsed, fileSystemSize
        case memoryPercent, memoryUsed, memoryTotal
        case gpuLoad, gpuHeat
        case running, services, processor(Int), memory(Int), memoryLimit(Int), memoryShare(Int)
        case disk(Int), quota(Int), diskShare(Int)
        case backupAge, backupSize, snapshots, pending
    }

    private init(
        _ host: DemoHost, _ plugin: String, _ instance: String, _ metric: String, _ unit: String, _ kind: Kind
    ) {
        self.host = host.number
        self.plugin = plugin
        self.instance = instance
        self.metric = metric
        self.unit = unit
        self.kind = kind
    }

    /// All series of a host, in the order of its documents.
    static func all(of host: DemoHost) -> [DemoSeries] {
        drives(host) + machine(host) + services(host) + backup(host)
    }

    private static func drives(_ host: DemoHost) -> [DemoSeries] {
        host.drives.enumerated().flatMap { place, drive -> [DemoSeries] in
            let metrics: [(String, String, Kind)] = [
                ("wear", "percent", .wear(place)), ("temperature", "celsius", .heat(place)),
                ("spare", "percent", .spare(place)), ("power_on", "seconds", .powerOn(place)),
                ("used", "bytes", .used(place)), ("capacity", "bytes", .capacity(place)),
            ]
            return metrics.map { DemoSeries(host, "nvme", drive.name, $0.0, $0.1, $0.2) }
        }
    }

    private static func machine(_ host: DemoHost) -> [DemoSeries] {
        let processor: [(String, String, String, Kind)] = [
            ("total", "load1", "", .load(1)), ("total", "load5", "", .load(5)),
            ("total", "load15", "", .load(15)), ("total", "frequency", "hertz", .frequency),
            ("total", "temperature", "celsius", .processorHeat),
            ("fs:disk", "fs_percent", "percent", .fileSystemPercent),
            ("fs:disk", "fs_used", "bytes", .fileSystemUsed),
            ("fs:disk", "fs_size", "bytes", .fileSystemSize),
        ]
        let memory: [(String, String, String, Kind)] = [
            ("total", "used_percent", "percent", .memoryPercent), ("total", "used", "bytes", .memoryUsed),
            ("total", "total", "bytes", .memoryTotal),
        ]
        let gpu: [(String, String, String, Kind)] = [
            ("gpu", "load", "percent", .gpuLoad), ("gpu", "temperature", "celsius", .gpuHeat),
        ]
        return processor.map { DemoSeries(host, "cpu", $0.0, $0.1, $0.2, $0.3) }
            + memory.map { DemoSeries(host, "memory", $0.0, $0.1, $0.2, $0.3) }
            + (host.hasGPU ? gpu : []).map { DemoSeries(host, "gpu", $0.0, $0.1, $0.2, $0.3) }
    }

    private static func services(_ host: DemoHost) -> [DemoSeries] {
        let all = [
            DemoSeries(host, "services", "", "running", "count", .running),
            DemoSeries(host, "services", "", "total", "count", .services),
        ]
        return all
            + host.services.enumerated().flatMap { place, service -> [DemoSeries] in
                let hasQuota = service.diskQuota != nil
                var metrics: [(String, String, Kind)] = [
                    ("cpu", "percent", .processor(place)), ("memory", "bytes", .memory(place)),
                    ("disk", "bytes", .disk(place)),
                ]
                if service.memoryQuota > 0 {
                    metrics.append(("memory_limit", "bytes", .memoryLimit(place)))
                    metrics.append(("memory_percent", "percent", .memoryShare(place)))
                }
                if hasQuota {
                    metrics.append(("disk_quota", "bytes", .quota(place)))
                    metrics.append(("disk_percent", "percent", .diskShare(place)))
                }
                return metrics.map { DemoSeries(host, "services", service.name, $0.0, $0.1, $0.2) }
            }
    }

    private static func backup(_ host: DemoHost) -> [DemoSeries] {
        guard host.hasBackup else { return [] }
        let metrics: [(String, String, Kind)] = [
            ("age", "seconds", .backupAge), ("size", "bytes", .backupSize),
            ("snapshots", "count", .snapshots), ("pending", "count", .pending),
        ]
        return metrics.map { DemoSeries(host, "backup", "backup", $0.0, $0.1, $0.2) }
    }
}
