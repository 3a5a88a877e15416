import PluginKit

/// The options of the layout.
struct MemoryOptions {
    let settings: [String]
    let tmpfs: [String]
    let arcIsCache: Bool

    init(_ options: Options) throws(PluginError) {
        settings = options.list(settingsOption)
        tmpfs = options.list(tmpfsOption)
        arcIsCache = options.flag(arcOption)
        for name in settings where !Self.isSettingName(name) {
            throw .invalid(
                "settings: \"\(name)\" is not the name of a kernel setting; write it as sysctl does: "
                    + "vm.swappiness"
            )
        }
    }

    /// Whether a name is valid: names become paths below /proc/sys and must not lead out of it.
    private static func isSettingName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
                || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        return isPlain && !name.split(on: UInt8(ascii: ".")).contains("")
    }
}

/// Values that are read every few ticks only.
struct SlowValues {
    var zramDevices: [String] = []
    var zramMounts: [(name: String, path: String)] = []
    var tmpfs: [String] = []
    /// Settings and their values; nil: the kernel does not have the setting.
    var settings: [(name: String, value: String?)] = []
    var oomKills: Double?
    var oomRecent: Double?
    var hasZFS = false

    init() {}

    init(_ machine: Machine, _ options: MemoryOptions) {
        for name in machine.names(in: "/sys/block") where name.after("zram") != nil {
            zramDevices.append(name)
        }
        findMounts(machine, options)
        for name in options.settings { settings.append((name: name, value: Self.setting(name, machine))) }
        oomKills = Self.oomKills(machine)
        hasZFS = machine.exists(ZFSCache.path)
    }

    private mutating func findMounts(_ machine: Machine, _ options: MemoryOptions) {
        var devices: [String] = []
        for mount in machine.mounts() {
            if let name = mount.source.after("/dev/zram") {
                zramMounts.append((name: "zram" + name, path: mount.path))
            }
            guard mount.type == "tmpfs", !devices.contains(mount.device),
                Self.wants(mount.path, options.tmpfs, machine)
            else { continue }
            devices.append(mount.device)
            tmpfs.append(mount.path)
        }
        tmpfs.sort()
    }

    private static func wants(_ path: String, _ patterns: [String], _ machine: Machine) -> Bool {
        for pattern in patterns {
            if pattern != "auto" {
                if matches(path, pattern: pattern) { return true }
            } else if isOfTheMachine(path), (machine.usage(at: path)?.size ?? 0) >= smallestTmpfs {
                return true
            }
        }
        return false
    }

    /// Smaller tmpfs mounts, in bytes, are left out: they only hide what is below them.
    private static let smallestTmpfs = 1024.0 * 1024

    /// Whether a mount belongs to the machine and not to a session, service or container.
    private static func isOfTheMachine(_ path: String) -> Bool {
        let passing = [
            "/run/user/", "/run/credentials/", "/run/netns", "/run/snapd/", "/run/docker/",
            "/run/containerd/",
            "/sys/", "/proc/", "/var/lib/docker/", "/var/lib/containers/", "/var/lib/kubelet/", "/dev/lxd",
        ]
        return path != "/run/lock" && path != "/dev" && !passing.contains { path.after($0) != nil }
    }

    private static func setting(_ name: String, _ machine: Machine) -> String? {
        let path = "/proc/sys/" + String(decoding: name.utf8.map { $0 == 0x2e ? 0x2f : $0 }, as: UTF8.self)
        return machine.text(path).map { text in
            // Several numbers of one setting are separated by tabs.
            var joined = ""
            for word in text.words { joined += joined.isEmpty ? word : " " + word }
            return joined
        }
    }

    private static func oomKills(_ machine: Machine) -> Double? {
        var kills: Double?
        try? machine.readBytes("/proc/vmstat") { bytes in
            var text = Scanner(bytes)
            while kills == nil, var line = text.line() { if line.skip("oom_kill ") { kills = line.number() } }
        }
        return kills
    }
}
