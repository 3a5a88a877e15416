/// An instance's name as a key, compared byte by byte: Swift's own comparison of texts weighs marks and accents, which
/// a hostile name of nothing but those makes slow.
struct InstanceName: Hashable, Sendable {
    private var text: String

    /// The text itself.
    var string: String { text }

    init(_ text: String) {
        self.text = text
        self.text.makeContiguousUTF8()
    }

    static func == (left: InstanceName, right: InstanceName) -> Bool {
        left.text.utf8.withContiguousStorageIfAvailable { mine in
            right.text.utf8.withContiguousStorageIfAvailable { other in
                mine.count == other.count
                    && (mine.baseAddress == other.baseAddress || mine.elementsEqual(other))
            } ?? false
        } ?? false
    }

    func hash(into hasher: inout Hasher) {
        _ = text.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
