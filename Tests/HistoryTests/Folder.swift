import Foundation

@testable import History

/// A folder of a test, which is removed with it.
final class Folder {
    let path: String
    var place: HistoryPlace { HistoryPlace(folder: path) }

    init() {
        path = NSTemporaryDirectory() + "history-" + UUID().uuidString
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// All bytes of the database's files.
    var bytes: [UInt8] {
        ["", "-wal"].reduce(into: []) {
            $0 += FileManager.default.contents(atPath: place.database + $1) ?? Data()
        }
    }
}
