import Core
import LayoutFile
import Platform

/// A layout file, and what the command line says instead of it.
struct LayoutSource {
    enum Reading {
        case layout(Layout)
        /// All that is wrong in it, and its text.
        case wrong([Problem], text: String)
        /// In words why.
        case unreadable(String)
    }

    let path: String
    /// Puts the wishes of the command line, and below them those of the configuration, into a layout.
    let overrides: @Sendable (inout Layout, DashboardSettings) -> Void

    func read(_ settings: DashboardSettings) -> Reading {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try Files.read(path) } catch {
            return .unreadable("the layout \(error.path) cannot be read: \(error.reason)")
        }
        let result = LayoutReader.read(bytes: bytes, source: path, themes: Theme.all.map(\.name))
        guard var layout = result.layout else {
            return .wrong(result.problems, text: String(decoding: bytes, as: UTF8.self))
        }
        overrides(&layout, settings)
        return .layout(layout)
    }

    /// The folders whose changes can change a file: its own, and where it is a link, its target's.
    static func places(of path: String) -> [(folder: String, name: String)] {
        var places = [split(path)]
        if let target = Files.real(path), split(target) != places[0] {
            places.append(split(target))
        }
        return places
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
    }
}
