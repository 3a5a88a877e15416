import CPosix

/// Where plugins lie: `<id>.so` in one of some folders; an earlier folder hides a later one.
struct PluginFolder {
    let folders: [String]
    /// The program that loads them.
    let worker: String

    init(folders: [String], worker: String) {
        self.folders = folders
        self.worker = worker
    }

    func path(of id: String) -> String? {
        folders.map { "\($0)/\(id).so" }.first { access($0, F_OK) == 0 }
    }

    /// Ids of all plugins there are, sorted.
    var available: [String] {
        var ids: Set<String> = []
        for folder in folders {
            for name in Files.names(in: folder) where name.hasSuffix(".so") {
                ids.insert(String(name.dropLast(3)))
            }
        }
        return ids.sorted()
    }
}
