import CJansson

/// A JSON value, parsed with jansson. Asking for something that is not there gives nil or an empty list, so that an
/// unexpected document costs a missing number and not a failed collect. A value keeps its whole document alive; use
/// it on one thread at a time.
public struct JSON {
    private let document: Document
    private let value: UnsafeMutablePointer<json_t>

    /// Where and why bytes are no JSON.
    public struct Mistake: Error {
        /// Bytes before the mistake, and its line and column from 1.
        public let offset, line, column: Int
        /// jansson's words for it.
        public let reason: String
        /// More was expected behind the last byte.
        public let isAtEnd: Bool
    }

    /// Reads a document, UTF-8; a byte order mark before it, which some programs write, is passed over. The bytes are
    /// not needed afterwards. Bytes behind the document are a mistake, unless `isWhole` is false.
    public init(_ bytes: UnsafeRawBufferPointer, isWhole: Bool = true) throws(Mistake) {
        var error = json_error_t()
        let mark = Self.markLength(bytes)
        let text = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(mark))
        guard let root = Self.load(text, isWhole ? 0 : Int(JSON_DISABLE_EOF_CHECK), &error) else {
            throw Mistake(
                offset: Int(error.position) + mark, line: Int(error.line), column: Int(error.column),
                reason: Self.reason(error), isAtEnd: cjansson_is_premature_end(&error) != 0)
        }
        self.init(root)
    }

    private static func markLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0
    }

    private init(_ root: UnsafeMutablePointer<json_t>) {
        document = Document(root)
        value = root
    }

    private static func load(
        _ bytes: UnsafeRawBufferPointer, _ more: Int, _ error: inout json_error_t
    ) -> UnsafeMutablePointer<json_t>? {
        json_loadb(
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count,
            // Integers are read as reals, so that one that exceeds 64 bits loses its last digits instead of failing
            // the document.
            Int(JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL) | more, &error)
    }

    private static func reason(_ error: json_error_t) -> String {
        withUnsafeBytes(of: error.text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private init(_ document: Document, _ value: UnsafeMutablePointer<json_t>) {
        self.document = document
        self.value = value
    }

    /// A member of an object; nil for anything else.
    public subscript(key: String) -> JSON? {
        guard let member = json_object_get(value, key) else { return nil }
        return JSON(document, member)
    }

    /// A member of a member: `json["a", "b"]`.
    public subscript(first: String, second: String) -> JSON? { self[first]?[second] }

    /// A member three levels down: `json["a", "b", "c"]`.
    public subscript(first: String, second: String, third: String) -> JSON? { self[first]?[second]?[third] }

    /// The text; nil for anything else.
    public var text: String? {
        guard value.pointee.type == JSON_STRING, let bytes = json_string_value(value) else { return nil }
        let buffer = UnsafeRawBufferPointer(start: bytes, count: json_string_length(value))
        return String(decoding: buffer, as: UTF8.self)
    }

    /// The number, an integer or a real; nil for anything else.
    public var number: Double? {
        let type = value.pointee.type
        return type == JSON_INTEGER || type == JSON_REAL ? json_number_value(value) : nil
    }

    /// True or false; nil for anything else.
    public var flag: Bool? {
        switch value.pointee.type {
        case JSON_TRUE: true
        case JSON_FALSE: false
        default: nil
        }
    }

    /// Whether the value is `null`.
    public var isNull: Bool { value.pointee.type == JSON_NULL }
    /// Whether the value is an object.
    public var isObject: Bool { value.pointee.type == JSON_OBJECT }
    /// Whether the value is an array.
    public var isArray: Bool { value.pointee.type == JSON_ARRAY }

    /// The elements of an array; empty for anything else.
    public var elements: [JSON] {
        (0..<json_array_size(value)).compactMap { index in
            json_array_get(value, index).map { JSON(document, $0) }
        }
    }

    /// The members of an object in the order of the document; empty for anything else.
    public var members: [(key: String, value: JSON)] {
        var members: [(key: String, value: JSON)] = []
        var iterator = json_object_iter(value)
        while let place = iterator {
            if let key = json_object_iter_key(place), let member = json_object_iter_value(place) {
                members.append((String(cString: key), JSON(document, member)))
            }
            iterator = json_object_iter_next(value, place)
        }
        return members
    }
}

/// Owns a parsed document. Each value of it holds a reference.
private final class Document {
    private let root: UnsafeMutablePointer<json_t>

    init(_ root: UnsafeMutablePointer<json_t>) { self.root = root }

    deinit { cjansson_decref(root) }
}
