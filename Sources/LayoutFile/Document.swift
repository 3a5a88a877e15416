import Core
import TOMLKit

/// A key and its value, with the positions of both.
struct Node {
    enum Content {
        case scalar(Literal)
        case list([Node])
        /// The members in the order of the file.
        case table([Node])
    }

    var key: String
    var position: Position
    var valuePosition: Position
    var content: Content
    /// The decoded string, where the value is one.
    var text: DecodedText?

    var literal: Literal {
        switch content {
        case .scalar(let literal): literal
        case .list(let items): .list(items.map(\.literal))
        case .table: .table
        }
    }

    var isTable: Bool { if case .table = content { true } else { false } }

    var setting: Setting {
        var places: [Position] = []
        if case .list(let items) = content { places = items.map(\.valuePosition) }
        return Setting(
            key: key, value: literal, position: position, valuePosition: valuePosition, itemPositions: places)
    }
}

/// Converts a TOML text to a tree.
struct Document {
    private let index: KeyIndex

    /// - Throws: `TOMLParseError`
    static func read(_ text: String, index: KeyIndex) throws -> [Node] {
        Document(index: index).nodes(of: try TOMLTable(string: text), at: KeyIndex.top)
    }

    private func nodes(of table: TOMLTable, at place: KeyIndex.Place?) -> [Node] {
        table.keys.compactMap { key in table[key].map { node($0, key: key, in: place) } }
            .sorted { $0.position < $1.position }
    }

    /// - Parameter parent: the parent's place in the index; nil where the index has no entry for it.
    private func node(_ value: TOMLValueConvertible, key: String, in parent: KeyIndex.Place?) -> Node {
        let place = parent.flatMap { index.place(of: key, in: $0) }
        let entry = place.flatMap { index[$0] }
        return Node(
            key: key, position: entry?.key ?? Position(), valuePosition: entry?.value ?? Position(),
            content: content(of: value, at: place), text: entry?.text)
    }

    private func content(of value: TOMLValueConvertible, at place: KeyIndex.Place?) -> Node.Content {
        switch value.type {
        case .table: return .table(value.table.map { nodes(of: $0, at: place) } ?? [])
        case .array:
            guard let array = value.array else { return .list([]) }
            return .list((0..<array.count).map { node(array[$0], key: "#\($0)", in: place) })
        case .string: return .scalar(.text(value.string ?? ""))
        case .int: return .scalar(.integer(value.int ?? 0))
        case .double: return .scalar(.float(value.double ?? .nan))
        case .bool: return .scalar(.bool(value.bool ?? false))
        case .date: return .scalar(.other("a date"))
        case .time: return .scalar(.other("a time"))
        case .dateTime: return .scalar(.other("a date and time"))
        }
    }
}
