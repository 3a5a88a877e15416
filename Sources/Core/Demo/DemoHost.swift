/// The hardware, services and faults of a simulated host.
struct DemoHost: Sendable {
    enum Role: String, Sendable {
        case server, workstation, lab, gaming

        /// The load at each hour of the day, 0 to 1.
        var day: [Double] {
            switch self {
            case .server: Self.serverDay
            case .workstation: Self.workstationDay
            case .lab: Self.labDay
            case .gaming: Self.gamingDay
            }
        }

        private static let serverDay = percent([
            12, 8, 6, 6, 10, 8, 12, 22, 30, 32, 30, 34, 38, 32, 30, 32, 36, 44, 56, 66, 70, 58, 38, 20,
        ])
        private static let workstationDay = percent([
            2, 2, 2, 2, 2, 2, 3, 12, 40, 62, 70, 66, 40, 58, 72, 68, 60, 38, 20, 18, 24, 20, 8, 3,
        ])
        private static let labDay = percent([
            70, 72, 70, 60, 40, 12, 8, 8, 12, 30, 46, 52, 48, 50, 54, 44, 30, 18, 12, 10, 10, 24, 50, 66,
        ])
        private static let gamingDay = percent([
            4, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4, 5, 6, 6, 8, 12, 16, 20, 24, 26, 26, 22, 14, 8,
        ])

        private static func percent(_ hours: [Double]) -> [Double] { hours.map { $0 / 100 } }
    }

    struct Drive: Sendable {
        let name: String
        let model: String
        /// Percent of the rated endurance used at ``DemoTime/start``, and the increase in a year.
        let wear: Double
        let wearPerYear: Double
        /// Power-on hours at ``DemoTime/start``.
        let hours: Double
        let capacity: Double
        /// The used part of the capacity, 0 to 1, at ``DemoTime/start``, and the increase in a year.
        let fill: Double
        var fillPerYear = 0.0
    }

    struct Service: Sendable {
        let name: String
        let memory: Double
        let memoryQuota: Double
        let cpu: Double
        let disk: Double
        /// nil: none.
        let diskQuota: Double?

        init(
            _ name: String, _ memory: Double, of quota: Double, cpu: Double, disk: Double,
            of diskQuota: Double? = nil
        ) {
            self.name = name
            self.memory = memory
            memoryQuota = quota
            self.cpu = cpu
            self.disk = disk
            self.diskQuota = diskQuota
        }
    }

    let number: Int
    let name: String
    let role: Role
    var cores = 4.0
    /// Memory in MB, and the part (0 to 1) that is used without load.
    var memory = 8192.0
    var memoryUsed = 0.3
    var hasGPU = false
    var hasBackup = true
    var drives: [Drive] = []
    var services: [Service] = []
    /// The host does not answer for 90 seconds of every 10 minutes, from this second on; nil: it always answers.
    var awayFrom: Int64?
    /// The service that stops from time to time.
    var weakService: String?
    var hasFailedBackup = false

    init(_ number: Int, _ name: String, _ role: Role) {
        (self.number, self.name, self.role) = (number, name, role)
    }

    /// Whether the host does not answer.
    func isAway(at time: DemoTime) -> Bool {
        awayFrom.map { ($0..<$0 + 90).contains(time.into(600)) } ?? false
    }

    /// The seed of one random quantity of the host.
    func seed(_ thing: Int) -> UInt64 { UInt64(number) &* 1000 &+ UInt64(thing) }
}

extension DemoHost {
    /// The host with a number: five described below, then generated ones.
    static func host(_ number: Int) -> DemoHost {
        switch number {
        case 0: srv01
        case 1: cmbox
        case 2: labbox
        case 3: simonbox
        case 4: steambox
        default: more(number)
        }
    }

    private static let api = Service("service-metrics-api", 18, of: 256, cpu: 0.4, disk: 0.1)

    private static var srv01: DemoHost {
        var host = DemoHost(0, "srv01", .server)
        (host.memory, host.memoryUsed) = (7782, 0.27)
        host.drives = [
            Drive(
                name: "nvme0n1", model: "Samsung SSD 970 EVO 500GB", wear: 4.3, wearPerYear: 0.8,
                hours: 11_419,
                capacity: 500.1, fill: 0.25)
        ]
        host.services = [
            Service("gitea", 240, of: 4096, cpu: 1.6, disk: 15, of: 100),
            Service("immich", 1180, of: 4096, cpu: 9, disk: 45, of: 500),
            Service("vaultwarden", 45, of: 1024, cpu: 0.3, disk: 0.5, of: 1),
            Service("unifi", 234, of: 2048, cpu: 2.4, disk: 1.2, of: 5),
            Service("wordpress-m2", 130, of: 1024, cpu: 1.1, disk: 2.3, of: 10),
            Service("smart-metrics-api", 16, of: 256, cpu: 0.3, disk: 0.1), api,
            Service("backup-metrics-api", 17, of: 256, cpu: 0.2, disk: 0.1),
        ]
        host.weakService = "immich"
        return host
    }

    private static var cmbox: DemoHost {
        var host = DemoHost(1, "cmbox", .workstation)
        (host.cores, host.memory, host.memoryUsed, host.hasGPU) = (16, 31_984, 0.34, true)
        host.drives = [
            Drive(
                name: "nvme0n1", model: "WD_BLACK SN850X 1000GB", wear: 12.4, wearPerYear: 3, hours: 6_204,
                capacity: 1000.2, fill: 0.58),
            Drive(
                name: "nvme1n1", model: "Crucial P3 Plus 2TB", wear: 71.2, wearPerYear: 9.5, hours: 19_870,
                capacity: 2000.4, fill: 0.83),
        ]
        host.services = [
            Service("syncthing", 210, of: 2048, cpu: 1.4, disk: 120, of: 400),
            Service("postgresql", 620, of: 8192, cpu: 3.5, disk: 18, of: 100), api,
        ]
        return host
    }

    private static var labbox: DemoHost {
        var host = DemoHost(2, "labbox", .lab)
        (host.cores, host.memory, host.memoryUsed) = (8, 15_902, 0.28)
        host.drives = [
            Drive(
                name: "nvme0n1", model: "KIOXIA EXCERIA G2 1TB", wear: 8.1, wearPerYear: 2.1, hours: 9_020,
                capacity: 1000.2, fill: 0.41),
            Drive(
                name: "sda", model: "Samsung SSD 860 EVO 1TB", wear: 22.6, wearPerYear: 2.8, hours: 31_377,
                capacity: 1000.2, fill: 0.72),
        ]
        host.services = [
            Service("jupyter", 1450, of: 6144, cpu: 22, disk: 38, of: 200),
            Service("influxdb", 540, of: 2048, cpu: 4.2, disk: 26, of: 80),
            Service("mosquitto", 12, of: 256, cpu: 0.4, disk: 0.1), api,
        ]
        host.awayFrom = 420
        host.hasFailedBackup = true
        return host
    }

    private static var simonbox: DemoHost {
        var host = DemoHost(3, "simonbox", .gaming)
        (host.cores, host.memory, host.memoryUsed) = (12, 15_904, 0.24)
        (host.hasGPU, host.hasBackup) = (true, false)
        host.drives = [
            Drive(
                name: "nvme0n1", model: "Samsung SSD 980 PRO 1TB", wear: 15.2, wearPerYear: 2.2, hours: 5_133,
                capacity: 1000.2, fill: 0.79, fillPerYear: 0.9)
        ]
        host.services = [
            Service("steam", 640, of: 0, cpu: 2.5, disk: 610),
            Service("sunshine", 95, of: 1024, cpu: 1.2, disk: 0.3),
            Service("syncthing", 120, of: 1024, cpu: 0.6, disk: 40, of: 100), api,
        ]
        return host
    }

    private static var steambox: DemoHost {
        var host = DemoHost(4, "steambox", .gaming)
        (host.cores, host.memory, host.memoryUsed) = (8, 31_990, 0.16)
        (host.hasGPU, host.hasBackup) = (true, false)
        host.drives = [
            Drive(
                name: "nvme0n1", model: "Sabrent Rocket 4.0 2TB", wear: 6.7, wearPerYear: 1.4, hours: 3_512,
                capacity: 2000.4, fill: 0.66)
        ]
        host.services = [
            Service("steam", 580, of: 0, cpu: 2.1, disk: 1220),
            Service("gamescope", 140, of: 2048, cpu: 1.8, disk: 0.1),
            api,
        ]
        return host
    }

    /// A generated host; most have no fault.
    private static func more(_ number: Int) -> DemoHost {
        let role = [Role.server, .workstation, .lab][number % 3]
        let prefix = ["srv", "desk", "lab"][number % 3]
        var host = DemoHost(number, prefix + DemoTime.padded(Int64(number + 1), 2), role)
        func chance(_ thing: Int64) -> Double { DemoTime.chance(host.seed(0), thing) }
        host.memory = [8192, 16_384, 32_768][Int(chance(1) * 3)] - 410
        host.memoryUsed = 0.2 + 0.3 * chance(2)
        host.cores = [4, 8, 16][Int(chance(3) * 3)]
        host.drives = [
            Drive(
                name: "nvme0n1", model: "Samsung SSD 980 1TB",
                wear: number % 40 == 7 ? 72 + 15 * chance(4) : 45 * chance(4),
                wearPerYear: 0.5 + 3 * chance(5), hours: 2000 + 20_000 * chance(6), capacity: 1000.2,
                fill: 0.2 + 0.6 * chance(7))
        ]
        host.services = [
            Service("nginx", 60, of: 512, cpu: 1.5, disk: 0.4),
            Service("postgresql", 480, of: 4096, cpu: 3, disk: 22, of: 100),
            Service("node-red", 110, of: 1024, cpu: 1, disk: 0.6), api,
        ]
        host.weakService = number % 30 == 11 ? "node-red" : nil
        host.awayFrom = number % 50 == 23 ? Int64(chance(8) * 510) : nil
        host.hasFailedBackup = number % 60 == 31
        return host
    }
}
