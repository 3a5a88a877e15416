/// What one host is like at one moment: the numbers from which its documents and its past are made.
struct DemoMoment {
    let host: DemoHost
    let time: DemoTime
    /// Load, 0 to 1.
    private let activity: Double
    private let isGaming: Bool
    let isBackingUp: Bool

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

    /// Degrees Celsius of a drive, by its place in the host.
    func heat(ofDrive place: Int) -> Double {
        let busy = isBackingUp ? 14 : isGaming ? 9 : 0.0
        return (38 + 12 * activity + busy + 1.5 * time.noise(host.seed(10 + place), period: 90)).rounded()
    }

    /// The used endurance in whole percent, as drives report it.
    func wear(of drive: DemoHost.Drive) -> Double {
        min(max(drive.wear + drive.wearPerYear * time.daysSinceStart / 365.25, 0), 100).rounded(.down)
    }

    func spare(of drive: DemoHost.Drive) -> Double { wear(of: drive) < 70 ? 100 : 94 }

    /// The used part of a drive, 0 to 1. What grows is cleaned up when it is nearly full, once in a year or so.
    func fill(of drive: DemoHost.Drive) -> Double {
        guard drive.fillPerYear > 0 else { return drive.fill }
        let (least, most) = (0.15, 0.97)
        let grown = drive.fill - least + drive.fillPerYear * time.daysSinceStart / 365.25
        let rest = grown.truncatingRemainder(dividingBy: most - least)
        return least + (rest < 0 ? rest + most - least : rest)
    }

    func powerOnHours(of drive: DemoHost.Drive) -> Double {
        // Servers and lab machines run all day, the others 42 % of it.
        let share = host.role == .server || host.role == .lab ? 1 : 0.42
        return max(drive.hours + 24 * share * time.daysSinceStart, 0).rounded(.down)
    }

    // MARK: The machine

    /// Megabytes of memory in use.
    var memoryUsed: Double {
        let part = host.memoryUsed + 0.12 * activity + (isGaming ? 0.38 : 0) + (isBackingUp ? 0.04 : 0)
        return host.memory * min(part + 0.01 * time.noise(host.seed(4), period: 120), 0.97)
    }

    /// The load of one processor, from 0.
    private var load: Double {
        0.03 + 0.55 * activity + (isGaming ? 0.45 : 0) + (isBackingUp ? 0.35 : 0)
    }

    /// The load averages that the system states.
    func load(overMinutes minutes: Int64) -> Double {
        let seed = minutes == 1 ? 5 : minutes == 5 ? 6 : 7
        return host.cores * load * (1 + 0.2 * time.noise(host.seed(seed), period: 60 * minutes))
    }

    var megahertz: Double { (1200 + 2800 * min(load, 1)).rounded() }
    var processorHeat: Double { (39 + 38 * min(load, 1)).rounded() }

    /// Percent of the time that the GPU is busy.
    private var gpu: Double {
        let play = 92 + 6 * time.noise(host.seed(8), period: 20)
        let desk = 2 + 18 * activity + 2 * time.noise(host.seed(8), period: 20)
        return min(max(isGaming ? play : desk, 0), 100)
    }

    var gpuLoad: Double { gpu.rounded() }
    var gpuHeat: Double { (36 + 0.41 * gpu).rounded() }

    // MARK: Services

    /// The state of a service. The weak one is stopped for three minutes of every 15, then restarts.
    func word(of service: DemoHost.Service) -> String {
        guard service.name == host.weakService else { return "running" }
        switch time.into(900) {
        case 600..<780: return "stopped"
        case 780..<795: return "restarting"
        default: return "running"
        }
    }

    /// Megabytes of a service, by its place in the host.
    func memory(ofService place: Int) -> Double {
        let service = host.services[place]
        guard word(of: service) != "stopped" else { return 0 }
        let noise = time.noise(host.seed(20 + 2 * place), period: 180)
        return service.memory * (0.9 + 0.2 * activity + 0.05 * noise)
    }

    /// Percent of a processor that a service takes, by its place in the host.
    func processor(ofService place: Int) -> Double {
        let service = host.services[place]
        guard word(of: service) != "stopped" else { return 0 }
        let noise = time.noise(host.seed(21 + 2 * place), period: 30)
        return service.cpu * (0.3 + 1.4 * activity) * (1 + 0.4 * noise)
    }

    // MARK: Backups

    /// Duration of the backup that runs each night at 04:00.
    private static let backupHours = 0.25

    /// The day of the last backup.
    var lastBackupDay: Int64 { time.hour >= 4 + Self.backupHours ? time.day : time.day - 1 }
    /// The day of the last one that succeeded. A failing backup has failed for three nights.
    var goodBackupDay: Int64 { host.hasFailedBackup ? lastBackupDay - 3 : lastBackupDay }
    /// When that ended.
    var lastSuccess: DemoTime {
        let end = 4 * 3600 + 600 + Int64(240 * DemoTime.chance(host.seed(9), goodBackupDay))
        return DemoTime(goodBackupDay * DemoTime.day + end)
    }
    var backupGigabytes: Double { max(15.2 + 0.012 * time.daysSinceStart, 1) }
    var snapshotCount: Int { 42 + Int(((goodBackupDay % 7) + 7) % 7) }
}
