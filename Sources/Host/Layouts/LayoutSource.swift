import Core
import LayoutFile
import Platform

/// A layout file, and the settings of the command line that override it.
struct LayoutSource {
    /// The result of reading the file.
    enum Contents {
        case layout(Layout)
        /// The problems in the file, and its text.
        case wrong([Problem], text: String)
        /// Why the file could not be read, as a sentence.
        case unreadable(String)
    }

    let path: String
    /// Applies the settings of the command line, and with lower priority those of the configuration, to a layout.
    let overrides: @Sendable (inout Layout, DashboardSettings) -> Void

    func read(_ settings: DashboardSettings) -> Contents {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try Files.read(path) } catch {
            return .unreadable("the layout \(error.path) cannot be read: \(Files.reason(error))")
        }
        let result = LayoutReader.read(bytes: bytes, source: path, themes: Theme.all.map(\.name))
        guard var layout = result.layout else {
            return .wrong(result.problems, text: String(decoding: bytes, as: UTF8.self))
        }
        overrides(&layout, settings)
        return .layout(layout)
    }

    /// Returns the folders to watch for changes of a file: its own, and for a link that of the target.
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
