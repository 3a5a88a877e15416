import Contract

/// A snapshot as one piece of bytes, for where hundreds of hosts are kept of which a few cells are shown: it takes
/// less memory, and does not break it into pieces.
struct PackedSnapshot: Sendable {
    private let bytes: [UInt8]

    init(_ snapshot: Snapshot) {
        var writer = ByteWriter()
        writer.text(snapshot.host)
        writer.text(snapshot.widget)
        writer.text(snapshot.plugin)
        writer.i64(snapshot.taken)
        writer.flag(snapshot.note != nil)
        if let note = snapshot.note {
            writer.u8(note.status.rawValue)
            writer.text(note.sentence)
        }
        writer.count(snapshot.instances.count)
        for instance in snapshot.instances {
            writer.text(instance.name)
            writer.count(instance.cells.count)
            for cell in instance.cells {
                writer.value(cell.value)
                writer.u8(cell.status.rawValue)
            }
        }
        // A copy has no room for more.
        bytes = writer.bytes.withUnsafeBytes { [UInt8]($0) }
    }

    var snapshot: Snapshot {
        read { reader throws(WireError) in
            var snapshot = try Self.head(&reader)
            for _ in 0..<(try reader.count(ofSize: 8, atMost: .max)) {
                var instance = Snapshot.Instance(name: try reader.text(atMost: .max), cells: [])
                let count = try reader.count(ofSize: 2, atMost: .max)
                instance.cells.reserveCapacity(count)
                for _ in 0..<count {
                    instance.cells.append(
                        Snapshot.Cell(value: try reader.value(), status: try reader.status()))
                }
                snapshot.instances.append(instance)
            }
            return snapshot
        }
    }

    /// One metric's cell of each instance; all others are passed over.
    func cells(of metric: Int) -> [Snapshot.Cell] {
        read { reader throws(WireError) in
            for _ in 0..<3 { try reader.skipText() }
            _ = try reader.i64()
            if try reader.flag() {
                _ = try reader.u8()
                try reader.skipText()
            }
            var cells: [Snapshot.Cell] = []
            for _ in 0..<(try reader.count(ofSize: 8, atMost: .max)) {
                try reader.skipText()
                for index in 0..<(try reader.count(ofSize: 2, atMost: .max)) {
                    if index == metric {
                        cells.append(Snapshot.Cell(value: try reader.value(), status: try reader.status()))
                    } else {
                        try reader.skipValue()
                        _ = try reader.u8()
                    }
                }
            }
            return cells
        }
    }

    /// All but the instances.
    private static func head(_ reader: inout ByteReader) throws(WireError) -> Snapshot {
        var snapshot = Snapshot(
            host: try reader.text(atMost: .max), widget: try reader.text(atMost: .max),
            plugin: try reader.text(atMost: .max), taken: try reader.i64())
        if try reader.flag() {
            let status = try reader.status()
            snapshot.note = Snapshot.Note(status: status, sentence: try reader.text(atMost: .max))
        }
        return snapshot
    }

    private func read<T>(_ body: (inout ByteReader) throws(WireError) -> T) -> T {
        bytes.withUnsafeBytes {
            var reader = ByteReader($0)
            do throws(WireError) {
                return try body(&reader)
            } catch {
                fatalError("a packed snapshot cannot be read: \(error.words)")
            }
        }
    }
}
