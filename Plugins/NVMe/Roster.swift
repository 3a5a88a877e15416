import PluginKit

/// The drives of a machine, each once. A drive that several devices lead to (two paths, or one through a RAID
/// controller beside the kernel's own) is one entry, and a volume of a controller is none that is judged.
struct Roster {
    /// One drive or volume.
    struct Entry {
        /// The name of the instance.
        var name: String
        let drive: Drive
        /// The block devices of all that lead to the drive.
        var blocks: [String]
        /// Whether it is a volume of a RAID controller and no drive.
        var isVolume = false
        /// Whether drives behind the volume's controller are listed.
        var hasMembers = false
    }

    private(set) var entries: [Entry] = []
    /// The entries that have a serial number or world wide name.
    private var places: [String: [Int]] = [:]

    init(_ drives: [Drive], names: inout Names) {
        // What the kernel has goes before what is seen through a controller.
        let own = drives.filter { !$0.isMember }
        for drive in own { add(drive) }
        // What is behind a controller only its answer tells, and until all have answered it may be one of the others.
        let isComplete = !own.contains { $0.isAsked && $0.isUnread }
        for drive in drives where isComplete && drive.isMember && !drive.isUnread { add(drive) }
        let members = drives.filter { $0.isMember }
        for index in entries.indices { judge(index, beside: members) }
        names.apply(to: &entries)
        entries.sort { isOrdered($0.name, before: $1.name) }
    }

    private mutating func add(_ drive: Drive) {
        let marks = drive.wholeIdentity.marks
        let alike = marks.flatMap { places[$0] ?? [] }
        guard let index = alike.first(where: { Self.isSame(entries[$0].drive, drive) }) else {
            for mark in marks { places[mark, default: []].append(entries.count) }
            return entries.append(Entry(name: drive.name, drive: drive, blocks: drive.blocks))
        }
        let blocks = entries[index].blocks + drive.blocks
        // The device that tells the health stands for the drive.
        if entries[index].drive.report?.isBlank != false && drive.report?.isBlank == false {
            entries[index] = Entry(name: entries[index].name, drive: drive, blocks: blocks)
        } else {
            entries[index].blocks = blocks
        }
    }

    private static func isSame(_ first: Drive, _ second: Drive) -> Bool {
        guard first.wholeIdentity.isSame(as: second.wholeIdentity) else { return false }
        if first.isMember != second.isMember { return true }
        if first.isMember {
            // One controller lists each of its drives once.
            guard first.path != second.path else { return false }
        } else {
            // What only smartctl lists is taken as listed.
            guard !(first.blocks.isEmpty && second.blocks.isEmpty) else { return false }
            if let wwn = first.identity.wwn, wwn == second.identity.wwn { return true }
        }
        // SAS and NVMe drives have several paths by design, others one. Two drives can have one serial number, but
        // hardly one time of operation.
        let buses = [first, second].compactMap { $0.report?.bus }
        let hasPaths = buses.contains("SCSI") || buses.contains("NVMe") || first.kind == "NVMe"
        guard let hours = first.report?.powerOn, let others = second.report?.powerOn else { return hasPaths }
        return abs(hours - others) <= 2 * 3600 && first.report?.errorCount == second.report?.errorCount
    }

    /// Finds out whether a device is a volume: the controller or the kernel says so, or it has no health of its own
    /// beside drives behind the same controller.
    private mutating func judge(_ index: Int, beside members: [Drive]) {
        let drive = entries[index].drive
        guard !drive.isMember, drive.hasSMART, drive.kind != "NVMe", drive.kind != "USB" else { return }
        let hasMembers = members.contains { $0.host == nil || drive.host == nil || $0.host == drive.host }
        let isSilent: Bool
        switch drive.problem?.reason {
        case .denied, .silent, .asleep: isSilent = false
        default: isSilent = drive.report?.isBlank ?? (drive.problem != nil)
        }
        let isSCSI = drive.report?.bus.map { $0 == "SCSI" } ?? (drive.type == "")
        entries[index].isVolume =
            drive.problem?.reason == .volume || drive.raidLevel != nil
            || hasMembers && isSilent && isSCSI
        entries[index].hasMembers = hasMembers
    }

    /// The names of instances. A drive keeps its name, and with it its past, when it comes back under another path.
    struct Names {
        private var names: [String: String] = [:]

        /// Names the entries, which have the names of their devices.
        mutating func apply(to entries: inout [Entry]) {
            var taken: Set<String> = []
            var keys = entries.map { $0.drive.wholeIdentity.key }
            // What two drives have in common tells neither of them.
            var counts: [String: Int] = [:]
            for key in keys { if let key { counts[key, default: 0] += 1 } }
            for index in keys.indices where keys[index].map({ counts[$0] != 1 }) == true { keys[index] = nil }
            var known = entries.indices.map { index in keys[index].flatMap { names[$0] } }
            for index in known.indices {
                guard let name = known[index] else { continue }
                if !taken.insert(name).inserted { known[index] = nil }
            }
            for index in entries.indices {
                let name = known[index] ?? Self.free(entries[index].name, taken)
                taken.insert(name)
                entries[index].name = name
                if let key = keys[index] { give(name, to: key) }
            }
        }

        /// A name belongs to the drive that was last shown under it.
        private mutating func give(_ name: String, to key: String) {
            guard names[key] != name else { return }
            names = names.filter { $0.value != name }
            names[key] = name
        }

        /// The name, with a number where another drive has it.
        private static func free(_ name: String, _ taken: Set<String>) -> String {
            guard taken.contains(name) else { return name }
            var number = 2
            while taken.contains("\(name) #\(number)") { number += 1 }
            return "\(name) #\(number)"
        }
    }
}
