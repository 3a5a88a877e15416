/// Gives each text that occurs in a record a number, in the order of first appearance.
struct TextTable: Sendable {
    private var places: [InstanceName: Int] = [:]
    /// The texts as they are stored.
    private(set) var encoded = HistoryBytes()

    /// The number of texts.
    var count: Int { places.count }

    /// Returns the number of a text, which becomes part of the table.
    mutating func place(_ text: String) -> Int {
        let name = InstanceName(HistoryBytes.cut(text))
        if let place = places[name] { return place }
        places[name] = places.count
        encoded.text(text)
        return places.count - 1
    }
}

/// Reads the texts of a ``TextTable``. It knows where each of them is, and makes a text where it is asked for.
struct TextList: Sendable {
    private let bytes: [UInt8]
    private var ranges: [Range<UInt32>] = []

    /// Reads a count and as many texts from where a cursor stands.
    init(_ bytes: [UInt8], _ cursor: inout HistoryCursor) throws(ChunkDamage) {
        self.bytes = bytes
        let count = try cursor.elements(atMost: HistoryFormat.mostBytes)
        ranges.reserveCapacity(count)
        for _ in 0..<count {
            let range = try cursor.skip(cursor.count(atMost: HistoryFormat.mostText))
            // A record is shorter than 2³² bytes.
            ranges.append(UInt32(range.lowerBound)..<UInt32(range.upperBound))
        }
    }

    /// The number of texts.
    var count: Int { ranges.count }

    /// Returns a text by its number.
    func text(_ place: Int) throws(ChunkDamage) -> String {
        guard ranges.indices.contains(place) else { throw .outOfRange }
        let slice = bytes[Int(ranges[place].lowerBound)..<Int(ranges[place].upperBound)]
        guard let text = String(validating: slice, as: UTF8.self) else { throw .encoding }
        return text
    }
}

/// Makes each text of a list once: thousands of cells may have the same long one.
struct TextCache: Sendable {
    private let list: TextList
    private var made: [Int: String] = [:]

    init(_ list: TextList) { self.list = list }

    /// Returns a text by its number.
    mutating func text(_ place: Int) throws(ChunkDamage) -> String {
        if let text = made[place] { return text }
        let text = try list.text(place)
        made[place] = text
        return text
    }

    /// Reads a text's number and returns the text.
    mutating func next(_ cursor: inout HistoryCursor) throws(ChunkDamage) -> String {
        try text(cursor.count(atMost: HistoryFormat.mostBytes))
    }
}
