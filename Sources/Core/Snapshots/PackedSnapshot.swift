import Contract

/// A snapshot whose cells are one piece of bytes, for where hundreds of hosts are kept of which a few cells are shown: it
/// takes less memory, and does not fragment the heap.
struct PackedSnapshot: Sendable {
    let schema: Schema
    private let bytes: [UInt8]
    private static let ownStatus: UInt8 = 0x80

    /// Packs a snapshot.
    init(_ snapshot: Snapshot) {
        schema = snapshot.schema
        var writer = ByteWriter()
        writer.text(snapshot.key.host)
        writer.text(snapshot.key.plugin)
        writer.u64(snapshot.key.options.value)
        writer.i64(snapshot.taken)
        writer.flag(snapshot.note != nil)
        if let note = snapshot.note {
            writer.u8(note.status.rawValue)
            writer.text(note.sentence)
        }
        writer.count(snapshot.gone.count)
        for gone in snapshot.gone {
            writer.text(gone.name)
            writer.i64(gone.lastSeen)
        }
        writer.count(snapshot.instances.count)
        for instance in snapshot.instances {
            writer.text(instance.name)
            writer.count(instance.cells.count)
            for cell in instance.cells {
                writer.u8(cell.status.rawValue | (cell.isOwnStatus ? Self.ownStatus : 0))
                writer.value(cell.value)
            }
        }
        // A copy has no spare capacity.
        bytes = writer.bytes.withUnsafeBytes { [UInt8]($0) }
    }

    /// The snapshot, unpacked anew at each call.
    var snapshot: Snapshot {
        read { reader throws(WireError) in
            let (host, plugin) = (try reader.text(atMost: .max), try reader.text(atMost: .max))
            let key = SeriesKey(host: host, plugin: plugin, options: OptionsDigest(value: try reader.u64()))
            var snapshot = Snapshot(key: key, schema: schema, taken: try reader.i64())
            if try reader.flag() {
                let status = try reader.status()
                snapshot.note = Snapshot.Note(status: status, sentence: try reader.text(atMost: .max))
            }
            for _ in 0..<(try reader.count(ofSize: 12, atMost: .max)) {
                let name = try reader.text(atMost: .max)
                snapshot.gone.append(Snapshot.Gone(name: name, lastSeen: try reader.i64()))
            }
            for _ in 0..<(try reader.count(ofSize: 8, atMost: .max)) {
                var instance = Snapshot.Instance(name: try reader.text(atMost: .max), cells: [])
                let count = try reader.count(ofSize: 2, atMost: .max)
                instance.cells.reserveCapacity(count)
                for _ in 0..<count { instance.cells.append(try Self.cell(&reader)) }
                snapshot.instances.append(instance)
            }
            return snapshot
        }
    }

    /// Returns one metric's cell of each instance, without unpacking the others.
    func cells(of metric: Int) -> [Snapshot.Cell] {
        read { reader throws(WireError) in
            try reader.skipText()
            try reader.skipText()
            _ = try reader.u64()
            _ = try reader.i64()
            if try reader.flag() {
                _ = try reader.u8()
                try reader.skipText()
            }
            for _ in 0..<(try reader.count(ofSize: 12, atMost: .max)) {
                try reader.skipText()
                _ = try reader.i64()
            }
            var cells: [Snapshot.Cell] = []
            for _ in 0..<(try reader.count(ofSize: 8, atMost: .max)) {
                try reader.skipText()
                for index in 0..<(try reader.count(ofSize: 2, atMost: .max)) {
                    if index == metric {
                        cells.append(try Self.cell(&reader))
                    } else {
                        _ = try reader.u8()
                        try reader.skipValue()
                    }
                }
            }
            return cells
        }
    }

    private static func cell(_ reader: inout ByteReader) throws(WireError) -> Snapshot.Cell {
        let byte = try reader.u8()
        return Snapshot.Cell(
            value: try reader.value(), status: Status(rawValue: byte & ~ownStatus) ?? .unknown,
            isOwnStatus: byte & ownStatus != 0)
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
