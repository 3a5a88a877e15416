/// The three documents of one host at one moment.
extension DemoMoment {
    // MARK: Drives

    var drives: DemoJSON {
        let states = host.drives.map { (drive: $0, wear: wear(of: $0)) }
        let worn = states.filter { $0.wear >= 70 }
        let isCritical = worn.contains { $0.wear >= 90 }
        let capacity = host.drives.reduce(0) { $0 + $1.capacity }
        let used = host.drives.reduce(0) { $0 + $1.capacity * fill(of: $1) }
        return [
            "status": .text(worn.isEmpty ? "ok" : isCritical ? "critical" : "warning"),
            "drives": .list(states.enumerated().map { drive($1.drive, at: $0) }),
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

    private func drive(_ drive: DemoHost.Drive, at place: Int) -> DemoJSON {
        [
            "name": .text(drive.name), "temperature_c": .number(heat(ofDrive: place)),
            "wear_level": .number(wear(of: drive)), "power_on_hours": .whole(Int(powerOnHours(of: drive))),
            "available_spare": .number(spare(of: drive)), "capacity_gb": .number(drive.capacity),
            "used_gb": .number(drive.capacity * fill(of: drive)), "description": .texts([drive.model]),
        ]
    }

    // MARK: Services

    var services: DemoJSON {
        let states = host.services.map { (service: $0, word: word(of: $0)) }
        let all = states.enumerated().map { service($1.service, $1.word, at: $0) }
        func count(_ words: String...) -> DemoJSON { .whole(states.count { words.contains($0.word) }) }
        let running = states.filter { $0.word != "stopped" }
        let disk = host.drives.first
        var summary: [(String, DemoJSON)] = [
            ("healthy", count("running")), ("degraded", count("degraded", "restarting")),
            ("failed", count("stopped")),
            ("memory_used_mb", .number(running.reduce(0) { $0 + $1.service.memory })),
            ("memory_quota_mb", .number(host.services.reduce(0) { $0 + $1.memoryQuota })),
            ("system_memory_used_mb", .number(memoryUsed)), ("system_memory_total_mb", .number(host.memory)),
            ("disk_used_gb", .number(disk.map { $0.capacity * fill(of: $0) } ?? 0)),
            ("disk_total_gb", .number(disk?.capacity ?? 0)),
        ]
        summary += processors
        return ["summary": .object(summary), "services": .list(all), "timestamp": timestamp]
    }

    private var processors: [(String, DemoJSON)] {
        func average(_ minutes: Int64) -> DemoJSON { .number(load(overMinutes: minutes), digits: 2) }
        return [
            ("cpu_load_1", average(1)), ("cpu_load_5", average(5)), ("cpu_load_15", average(15)),
            ("cpu_freq_mhz", .number(megahertz)),
            ("cpu_temp_c", .number(processorHeat)),
            ("gpu_load_percent", host.hasGPU ? .number(gpuLoad) : nil),
            ("gpu_temp_c", host.hasGPU ? .number(gpuHeat) : nil),
        ]
    }

    private func service(_ service: DemoHost.Service, _ word: String, at place: Int) -> DemoJSON {
        return [
            "name": .text(service.name), "status": .text(word),
            "memory_used_mb": .number(memory(ofService: place)),
            "memory_quota_mb": .number(service.memoryQuota),
            "cpu_percent": .number(processor(ofService: place)),
            "disk_used_gb": .number(service.disk),
            "disk_quota_gb": service.diskQuota.map { .number($0) } ?? nil,
            "description": .texts(
                word != "stopped" ? [] : ["exited with status 137; it is started again in a moment"]),
        ]
    }

    // MARK: Backups

    var backups: DemoJSON {
        let failure = DemoTime(lastBackupDay * DemoTime.day + 4 * 3600 + 31)
        let id = UInt64(DemoTime.chance(host.seed(9), goodBackupDay) * 4_294_967_295)
        let saved = "snapshot \(String(id | 0x1000_0000, radix: 16)) saved"
        return [
            "overall_status": .text(host.hasFailedBackup ? "failed" : "healthy"),
            "backup": [
                "last_success": .text(lastSuccess.text),
                "last_failure": host.hasFailedBackup ? .text(failure.text) : nil,
                "size_gb": .number(backupGigabytes), "snapshot_count": .whole(snapshotCount),
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
