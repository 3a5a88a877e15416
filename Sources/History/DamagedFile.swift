import CPosix
import Core
import Glibc

/// Finds records in a file of SQLite that SQLite itself cannot read: its head, its tables or parts of it may be gone.
///
/// Records are looked for by their mark on every page, and those that the write-ahead log has in a newer state. What SQLite
/// puts before a record tells its length, and where its further pages are. A record's checksum says whether it is whole.
final class DamagedFile {
    private let file: Int32
    private let log: Int32
    private let pages: Int
    /// Where in the log a page stands.
    private var newer: [Int: Int64] = [:]

    /// The size of a page of our databases.
    private static let size = 4096
    private static let mark: [UInt8] = Array("CMH".utf8)
    private static let frameHead = 24
    private static let logHead = 32

    /// Opens a database's file, and its log where there is one.
    init(_ path: String) throws(HistoryError) {
        file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard file >= 0 else {
            throw HistoryError(
                .other, "\(path) cannot be opened: \(String(cString: strerror(cposix_errno())))")
        }
        log = open(path + "-wal", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        var info = stat()
        pages = fstat(file, &info) == 0 ? (Int(info.st_size) + Self.size - 1) / Self.size : 0
        readLog()
    }

    deinit {
        close(file)
        if log >= 0 { close(log) }
    }

    /// Calls a body with each piece of bytes that may be a record or a tail.
    func forEachRecord(_ body: ([UInt8]) throws(HistoryError) -> Void) throws(HistoryError) {
        let last = max(pages, newer.keys.max() ?? 0)
        for number in 1...max(last, 1) {
            let page = page(number)
            for place in Self.marks(in: page) {
                // A tail begins with a head before its first record.
                if let record = record(on: page, at: place) ?? record(on: page, at: place - Tail.headSize) {
                    try body(record)
                }
            }
        }
    }

    private static func marks(in page: [UInt8]) -> [Int] {
        var places: [Int] = []
        page.withUnsafeBufferPointer { page in
            guard page.count > mark.count else { return }
            for place in 0..<page.count - mark.count
            where page[place] == mark[0] && page[place + 1] == mark[1] && page[place + 2] == mark[2] {
                places.append(place)
            }
        }
        return places
    }

    // MARK: Pages

    /// The latest state of a page, counted from 1; shorter at the end of a file that is cut off.
    private func page(_ number: Int) -> [UInt8] {
        if let offset = newer[number] { return Self.bytes(log, at: offset) }
        return Self.bytes(file, at: Int64(number - 1) * Int64(Self.size))
    }

    private static func bytes(_ file: Int32, at offset: Int64, count: Int = size) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(
                    file, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
                if read < 0, cposix_errno() == EINTR { continue }
                guard read > 0 else { break }
                filled += read
            }
        }
    }

    /// Notes where the pages of the log stand. Those that an earlier use of the log has left have another salt.
    private func readLog() {
        guard log >= 0 else { return }
        let head = Self.bytes(log, at: 0, count: Self.logHead)
        guard head.count == Self.logHead else { return }
        var offset = Int64(Self.logHead)
        while true {
            let frame = Self.bytes(log, at: offset, count: Self.frameHead)
            guard frame.count == Self.frameHead else { return }
            if frame[8..<16] == head[16..<24] {
                let number = Self.bigEndian(frame[0..<4])
                if number > 0, number < 1 << 28 { newer[number] = offset + Int64(Self.frameHead) }
            }
            offset += Int64(Self.frameHead + Self.size)
        }
    }

    // MARK: Records

    /// Returns the bytes of a row whose content begins at a place; nil: what stands before it is no head of a row.
    private func record(on page: [UInt8], at place: Int) -> [UInt8]? {
        guard let (head, length) = Self.head(before: place, on: page), length <= HistoryFormat.mostBytes
        else {
            return nil
        }
        let own = Self.local(head + length) - head
        guard own > 0, place + own <= page.count else { return nil }
        var bytes = Array(page[place..<place + own])
        guard bytes.count < length else { return bytes }
        guard place + own + 4 <= page.count else { return nil }
        bytes.reserveCapacity(length)
        var next = Self.bigEndian(page[place + own..<place + own + 4])
        while bytes.count < length {
            guard next > 0, next < 1 << 28 else { return nil }
            let further = self.page(next)
            guard further.count > 4 else { return nil }
            bytes += further[4..<min(4 + length - bytes.count, further.count)]
            // A page that is cut off is the last of its file.
            guard further.count == Self.size || bytes.count >= length else { return nil }
            next = Self.bigEndian(further[0..<4])
        }
        return bytes
    }

    /// The head of a row (its own length, no bytes for the number, the length of the content) that ends at a place: its
    /// length, and that of the content.
    private static func head(before place: Int, on page: [UInt8]) -> (head: Int, length: Int)? {
        for count in 1...5 {
            let start = place - count - 2
            guard start >= 0, Int(page[start]) == count + 2, page[start + 1] == 0 else { continue }
            var type = 0
            for byte in page[start + 2..<place] { type = type << 7 | Int(byte & 0x7f) }
            let isWhole =
                page[place - 1] & 0x80 == 0 && page[start + 2..<place - 1].allSatisfy { $0 & 0x80 != 0 }
            if isWhole, type >= 12, type % 2 == 0 { return (count + 2, (type - 12) / 2) }
        }
        return nil
    }

    /// How many bytes of a row stand on its own page, as SQLite's file format says.
    private static func local(_ payload: Int) -> Int {
        guard payload > size - 35 else { return payload }
        let least = (size - 12) * 32 / 255 - 23
        let wanted = least + (payload - least) % (size - 4)
        return wanted <= size - 35 ? wanted : least
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
