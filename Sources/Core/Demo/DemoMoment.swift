/// The three documents of one host at one moment.
struct DemoMoment {
    private let host: DemoHost
    private let time: DemoTime
    /// Load, 0 to 1.
    private let activity: Double
    private let isGaming: Bool
    private let isBackingUp: Bool

    init(_ host: DemoHost, _ time: DemoTime) {
        self.host = host
        self.time = time
        let wander = 0.06 * time.noise(host.seed(1), period: 60)
        activity = min(max(time.value(on: host.role.day) + wander, 0.01), 1)
        // Gaming begins between 18:30 and 19:30 and ends between 22:00 and 23:30, at other times each day.
        let begin = 18.5 + DemoTime.chance(host.seed(2), time.day)
        let end = 22 + 1.5 * DemoTime.chance(host.seed(3), time.day)
        isGaming = host.role == .gaming && (begin..<end).contains(time.hour)
        isBackingUp = host.hasBackup && (4..<4 + Self.backupHours).contains(time.hour)
    }

    // MARK: Drives

    var drives: DemoJSON {
        let states = host.drives.map { (drive: $0, wear: wear(of: $0)) }
        let worn = states.filter { $0.wear >= 70 }
        let isCritical = worn.contains { $0.wear >= 90 }
        let capacity = host.drives.reduce(0) { $0 + $1.capacity }
        let used = host.drives.reduce(0) { $0 + $1.capacity * $1.fill }
        return [
            "status": .text(worn.isEmpty ? "ok" : isCritical ? "critical" : "warning"),
            "drives": .list(states.enumerated().map { drive($1.drive, wear: $1.wear, seed: 10 + $0) }),
            "summary": [
                "healthy": .whole(states.count - worn.count), "warning": .whole(worn.count { $0.wear < 90 }),
                "critical": .whole(worn.count { $0.wear >= 90 }), "capacity_total_gb": .number(capacity),
                "capacity_used_gb": .number(used),
            ],
            "issues": .texts(
                worn.map {
                    "\($0.drive.name): \(Int($0.wear)) % of its rated endurance is used; plan its replacement"
                }),
            "timestamp": timestamp,
        ]
    }

    private func drive(_ drive: DemoHost.Drive, wear: Double, seed: Int) -> DemoJSON {
        let busy = isBackingUp ? 14 : isGaming ? 9 : 0.0
        let heat = 38 + 12 * activity + busy + 1.5 * time.noise(host.seed(seed), period: 90)
        // Servers and lab machines run all day, the others 42 % of it.
        let share = host.role == .server || host.role == .lab ? 1 : 0.42
        return [
            "name": .text(drive.name), "temperature_c": .number(heat.rounded()), "wear_level": .number(wear),
            "power_on_hours": .whole(Int(max(drive.hours + 24 * share * time.daysSinceStart, 0))),
            "available_spare": .number(wear < 70 ? 100 : 94), "capacity_gb": .number(drive.capacity),
            "used_gb": .number(drive.capacity * drive.fill), "description": .texts([drive.model]),
        ]
    }

    /// The used endurance in whole percent, as drives report it.
    private func wear(of drive: DemoHost.Drive) -> Double {
        min(max(drive.wear + drive.wearPerYear * time.daysSinceStart / 365.25, 0), 100).rounded(.down)
    }

    // MARK: Services

    var services: DemoJSON {
        let states = host.services.map { (service: $0, word: word(of: $0)) }
        let all = states.enumerated().map { service($1.service, $1.word, seed: 20 + 2 * $0) }
        func count(_ words: String...) -> DemoJSON { .whole(states.count { words.contains($0.word) }) }
        let running = states.filter { $0.word != "stopped" }
        let disk = host.drives.first
        var summary: [(String, DemoJSON)] = [
            ("healthy", count("running")), ("degraded", count("degraded", "restarting")),
            ("failed", count("stopped")),
            ("memory_used_mb", .number(running.reduce(0) { $0 + $1.service.memory })),
            ("memory_quota_mb", .number(host.services.reduce(0) { $0 + $1.memoryQuota })),
            ("system_memory_used_mb", .number(memoryUsed)), ("system_memory_total_mb", .number(host.memory)),
            ("disk_used_gb", .number(disk.map { $0.capacity * $0.fill } ?? 0)),
            ("disk_total_gb", .number(disk?.capacity ?? 0)),
        ]
        summary += processors
        return ["summary": .object(summary), "services": .list(all), "timestamp": timestamp]
    }

    private var memoryUsed: Double {
        let part = host.memoryUsed + 0.12 * activity + (isGaming ? 0.38 : 0) + (isBackingUp ? 0.04 : 0)
        return host.memory * min(part + 0.01 * time.noise(host.seed(4), period: 120), 0.97)
    }

    private var processors: [(String, DemoJSON)] {
        let load = 0.03 + 0.55 * activity + (isGaming ? 0.45 : 0) + (isBackingUp ? 0.35 : 0)
        func average(_ seed: Int, _ minutes: Int64) -> DemoJSON {
            let wander = 1 + 0.2 * time.noise(host.seed(seed), period: 60 * minutes)
            return .number(host.cores * load * wander, digits: 2)
        }
        let play = 92 + 6 * time.noise(host.seed(8), period: 20)
        let desk = 2 + 18 * activity + 2 * time.noise(host.seed(8), period: 20)
        let gpu = min(max(isGaming ? play : desk, 0), 100)
        return [
            ("cpu_load_1", average(5, 1)), ("cpu_load_5", average(6, 5)), ("cpu_load_15", average(7, 15)),
            ("cpu_freq_mhz", .number((1200 + 2800 * min(load, 1)).rounded())),
            ("cpu_temp_c", .number((39 + 38 * min(load, 1)).rounded())),
            ("gpu_load_percent", host.hasGPU ? .number(gpu.rounded()) : nil),
            ("gpu_temp_c", host.hasGPU ? .number((36 + 0.41 * gpu).rounded()) : nil),
        ]
    }

    /// The state of a service. The weak one is stopped for three minutes of every 15, then restarts.
    private func word(of service: DemoHost.Service) -> String {
        guard service.name == host.weakService else { return "running" }
        switch time.into(900) {
        case 600..<780: return "stopped"
        case 780..<795: return "restarting"
        default: return "running"
        }
    }

    private func service(_ service: DemoHost.Service, _ word: String, seed: Int) -> DemoJSON {
        let isUp = word != "stopped"
        let memory = service.memory * (0.9 + 0.2 * activity + 0.05 * time.noise(host.seed(seed), period: 180))
        let cpu =
            service.cpu * (0.3 + 1.4 * activity) * (1 + 0.4 * time.noise(host.seed(seed + 1), period: 30))
        return [
            "name": .text(service.name), "status": .text(word), "memory_used_mb": .number(isUp ? memory : 0),
            "memory_quota_mb": .number(service.memoryQuota), "cpu_percent": .number(isUp ? cpu : 0),
            "disk_used_gb": .number(service.disk),
            "disk_quota_gb": service.diskQuota.map { .number($0) } ?? nil,
            "description": .texts(isUp ? [] : ["exited with status 137; it is started again in a moment"]),
        ]
    }

    // MARK: Backups

    /// Duration of the backup that runs each night at 04:00.
    private static let backupHours = 0.25

    var backups: DemoJSON {
        let lastDay = time.hour >= 4 + Self.backupHours ? time.day : time.day - 1
        // A failing backup has failed for three nights.
        let goodDay = host.hasFailedBackup ? lastDay - 3 : lastDay
        let end = 4 * 3600 + 600 + Int64(240 * DemoTime.chance(host.seed(9), goodDay))
        let success = DemoTime(goodDay * DemoTime.day + end)
        let failure = DemoTime(lastDay * DemoTime.day + 4 * 3600 + 31)
        let size = max(15.2 + 0.012 * time.daysSinceStart, 1)
        let id = UInt64(DemoTime.chance(host.seed(9), goodDay) * 4_294_967_295)
        let saved = "snapshot \(String(id | 0x1000_0000, radix: 16)) saved"
        return [
            "overall_status": .text(host.hasFailedBackup ? "failed" : "healthy"),
            "backup": [
                "last_success": .text(success.text),
                "last_failure": host.hasFailedBackup ? .text(failure.text) : nil,
                "size_gb": .number(size), "snapshot_count": .whole(42 + Int(((goodDay % 7) + 7) % 7)),
            ],
            "service": [
                "enabled": true, "pending_jobs": .whole(isBackingUp ? 1 : 0),
                "last_message": .text(
                    host.hasFailedBackup ? "the repository is locked by process 2217 on \(host.name)" : saved),
            ],
            "timestamp": timestamp,
        ]
    }

    private var timestamp: DemoJSON { .whole(Int(time.seconds)) }
}
