import Core

/// The position of every key and value of a TOML text.
///
/// The TOML library does not report positions, and ends the program on some texts that are not TOML, so this walks
/// the text before the library does. It checks the structure and the strings; the syntax of numbers and dates is
/// left to the library.
struct KeyIndex {
    struct Entry {
        enum Origin {
            /// Part of the path to a deeper table: `widget` in `[widget.nvme]`.
            case passed
            case header
            case value
        }

        var origin: Origin
        var key: Position
        var value: Position
        /// The decoded string, where the value is one.
        var text: DecodedText?
    }

    /// A key that occurs twice.
    struct Duplicate {
        var name: String
        var position: Position
        var first: Position
    }

    /// Where the text stops being valid TOML. The rest was not read.
    struct Surprise {
        var position: Position
        var message: String
        var expected: String?
        /// Offset at which the line or statement begins; the text before it is valid.
        var statement: Int
    }

    /// A key in the tree of all keys: an index of `entries`.
    typealias Place = Int

    /// The root of the tree, which has no key.
    static let top: Place = 0

    private struct Step: Hashable {
        var parent: Place
        /// The key; items of a list are "#0", "#1", …
        var name: String
    }

    private var entries: [Entry?] = [nil]
    private var depths = [0]
    private var places: [Step: Place] = [:]
    private(set) var duplicates: [Duplicate] = []
    /// Control characters in keys and texts, written as such or as escapes.
    private(set) var controls: [(scalar: Unicode.Scalar, position: Position)] = []
    private(set) var surprise: Surprise?
    /// See `DecodedText.joins`, of all texts.
    private(set) var joins: [Int] = []

    private var cursor: Cursor
    private var statement = 0
    /// Number of tables that each list of tables has so far.
    private var counts: [Place: Int] = [:]
    /// The largest depth of the tree, so that recursion does not exhaust the stack.
    private static let maximumDepth = 64
    private static let plainValues = "a text in quotes, a number, true or false"
    private static let plainKeys = "a key of ASCII letters, digits, \"_\" and \"-\", or one in quotes"

    init(_ bytes: [UInt8]) {
        cursor = Cursor(bytes)
        // A short line has about twenty bytes; growing the storage step by step would cost more than reserving it.
        places.reserveCapacity(bytes.count / 20)
        entries.reserveCapacity(bytes.count / 20)
        walk()
    }

    /// The place of a key in the tree; nil: there is no such key.
    func place(of name: String, in parent: Place) -> Place? { places[Step(parent: parent, name: name)] }

    subscript(place: Place) -> Entry? { entries[place] }

    private mutating func makePlace(of name: String, in parent: Place) -> Place {
        let step = Step(parent: parent, name: name)
        if let place = places[step] { return place }
        let place = entries.count
        entries.append(nil)
        depths.append(depths[parent] + 1)
        places[step] = place
        return place
    }

    private mutating func walk() {
        var prefix = Self.top
        while surprise == nil {
            cursor.skipBlank(newlines: true)
            guard let byte = cursor.byte else { return }
            statement = cursor.offset
            if byte == UInt8(ascii: "[") {
                prefix = header()
            } else {
                keyValue(under: prefix)
            }
            cursor.skipBlank(newlines: false)
            if !cursor.isAtLineEnd, cursor.byte != UInt8(ascii: "#") { unexpected("the end of the line") }
        }
    }

    private mutating func header() -> Place {
        cursor.advance()
        let isList = cursor.take("[")
        let keys = dottedKey()
        expect("]")
        if isList { expect("]") }
        guard surprise == nil else { return Self.top }
        var place = Self.top
        for (index, key) in keys.enumerated() {
            place = makePlace(of: key.name, in: place)
            let isLast = index == keys.count - 1
            let origin = isLast && !isList ? Entry.Origin.header : .passed
            record(place, key.name, origin, key: key.position, value: key.position)
            if isLast, isList { counts[place, default: 0] += 1 }
            if let count = counts[place] {
                place = makePlace(of: "#\(count - 1)", in: place)
                record(place, key.name, .passed, key: key.position, value: key.position)
            }
        }
        return place
    }

    private mutating func keyValue(under prefix: Place) {
        let keys = dottedKey()
        expect("=")
        cursor.skipBlank(newlines: false)
        guard surprise == nil, let last = keys.last else { return }
        var place = prefix
        for key in keys.dropLast() {
            place = makePlace(of: key.name, in: place)
            record(place, key.name, .passed, key: key.position, value: key.position)
        }
        value(at: makePlace(of: last.name, in: place), last.name, key: last.position)
    }

    private mutating func value(at place: Place, _ name: String, key: Position) {
        let position = cursor.position
        guard depths[place] <= Self.maximumDepth else { return failTooDeep(at: position) }
        switch cursor.byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let text = text()
            record(place, name, .value, key: key, value: position, text: text)
        case UInt8(ascii: "["):
            record(place, name, .value, key: key, value: position)
            items(at: place)
        case UInt8(ascii: "{"):
            record(place, name, .value, key: key, value: position)
            pairs(at: place)
        default:
            record(place, name, .value, key: key, value: position)
            let start = cursor.offset
            cursor.skipWord()
            if cursor.isBeyondASCII {
                unexpected(Self.plainValues)
            } else if cursor.offset == start {
                unexpected("a value")
            }
        }
    }

    private mutating func items(at list: Place) {
        cursor.advance()
        var count = 0
        while surprise == nil {
            cursor.skipBlank(newlines: true)
            if cursor.take("]") { return }
            let name = "#\(count)"
            value(at: makePlace(of: name, in: list), name, key: cursor.position)
            count += 1
            cursor.skipBlank(newlines: true)
            if cursor.byte == UInt8(ascii: ",") {
                cursor.advance()
            } else if cursor.byte != UInt8(ascii: "]") {
                unexpected("a comma or \"]\"")
            }
        }
    }

    private mutating func pairs(at table: Place) {
        cursor.advance()
        cursor.skipBlank(newlines: false)
        if cursor.take("}") { return }
        while surprise == nil {
            keyValue(under: table)
            cursor.skipBlank(newlines: false)
            if cursor.take("}") { return }
            if !cursor.take(",") { unexpected("a comma or \"}\"") }
        }
    }

    /// The parts of a key. Stops at the first part that is too deep, before the rest is read.
    private mutating func dottedKey() -> [(name: String, position: Position)] {
        var keys: [(name: String, position: Position)] = []
        repeat {
            cursor.skipBlank(newlines: false)
            let position = cursor.position
            if cursor.byte == UInt8(ascii: "\"") || cursor.byte == UInt8(ascii: "'") {
                if cursor.isAt("\"\"\"") || cursor.isAt("'''") { unexpected("a key in single quotes") }
                keys.append((text().string, position))
            } else {
                let name = cursor.takeBareKey()
                if cursor.isBeyondASCII {
                    unexpected(Self.plainKeys)
                } else if name.isEmpty {
                    unexpected("a key")
                }
                keys.append((name, position))
            }
            if keys.count > Self.maximumDepth { failTooDeep(at: position) }
            cursor.skipBlank(newlines: false)
        } while surprise == nil && cursor.take(".")
        return keys
    }

    private mutating func text() -> DecodedText {
        let position = cursor.position
        let text = DecodedText(&cursor)
        if !text.isClosed { fail("this text has no closing quotes", at: position) }
        if let place = text.wrongEscape {
            fail("unknown escape sequence", at: place, expected: "\"\\\\\" for a backslash")
        }
        joins += text.joins
        note(text)
        return text
    }

    private mutating func expect(_ sign: StaticString) {
        if surprise == nil, !cursor.take(sign) { unexpected("\"\(sign)\"") }
    }

    private mutating func unexpected(_ expected: String) {
        guard surprise == nil else { return }
        let position = cursor.position
        let seen = cursor.isAtLineEnd ? nil : cursor.takeScalar()
        let name =
            seen.map { Problem.quoted(String($0)) }
            ?? (cursor.byte == nil ? "end of the file" : "end of the line")
        fail("unexpected \(name)", at: position, expected: expected)
    }

    private mutating func failTooDeep(at position: Position) {
        fail(
            "tables or lists nest too deeply", at: position,
            expected: "keys and lists of at most \(Self.maximumDepth) levels")
    }

    private mutating func fail(_ message: String, at position: Position, expected: String? = nil) {
        guard surprise == nil else { return }
        surprise = Surprise(position: position, message: message, expected: expected, statement: statement)
    }

    private mutating func record(
        _ place: Place, _ name: String, _ origin: Entry.Origin, key: Position, value: Position,
        text: DecodedText? = nil
    ) {
        let first = entries[place]
        if let first, first.origin != .passed {
            // A table may be declared after its subtables, but a path may not lead through a value.
            if origin == .passed, first.origin == .header { return }
            duplicates.append(Duplicate(name: name, position: key, first: first.key))
        } else if first == nil || origin != .passed {
            entries[place] = Entry(origin: origin, key: key, value: value, text: text)
        }
    }

    /// Notes control characters; line feeds and tabs are allowed in multi-line texts.
    private mutating func note(_ text: DecodedText) {
        for (index, scalar) in text.scalars.enumerated()
        where Problem.isControl(scalar) && scalar != "\n" && scalar != "\t" && scalar != "\r" {
            controls.append((scalar, text.positions[index]))
        }
    }
}
