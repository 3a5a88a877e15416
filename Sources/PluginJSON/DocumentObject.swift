import PluginKit

/// An object in a document of a host, read leniently: fields that are missing, null or unknown are no errors. A
/// value of a wrong type or outside its possible range, and a missing field that is required, throw `failed` with a
/// sentence that names the field. Valid as long as it is kept: it owns the parsed document.
public struct DocumentObject {
    private let json: JSON
    /// "the drives document"
    private let title: String
    /// The path that precedes a field's name: "", "summary", "drives".
    private let prefix: String
    /// Index of this object in the list named `prefix`; nil: it is in no list.
    private let index: Int?

    /// The whole of a document. Its time, the required `timestamp` in Unix seconds, is passed to the host as soon as
    /// the document is parsed, so that it counts even if nothing else can be read.
    public init(_ document: HostDocument) throws(PluginError) {
        title = "the \(document.kind) document"
        (prefix, index) = ("", nil)
        json = try Self.parse(document.bytes, title)
        if let time = json["timestamp"]?.number { document.isTaken(at: time) }
        _ = try required("timestamp", try number("timestamp", in: 0...1e11))
    }

    private init(_ json: JSON, in parent: DocumentObject, _ prefix: String, _ index: Int? = nil) {
        self.json = json
        title = parent.title
        self.prefix = prefix
        self.index = index
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, _ title: String) throws(PluginError) -> JSON {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) }
        guard let start = bytes.firstIndex(where: { !isBlank($0) }) else {
            throw .failed("\(title) is empty")
        }
        if bytes[start] == UInt8(ascii: "<") {
            throw .failed(
                "\(title) is HTML or XML and not JSON: does something else answer at that port and path?")
        }
        do throws(JSON.Mistake) {
            let json = try JSON(bytes)
            if json.isObject { return json }
        } catch {
            var end = bytes.count
            while end > start && isBlank(bytes[end - 1]) { end -= 1 }
            // A word that was cut is an error at the end of the text. A text that ends with "}" is taken as
            // complete.
            let isCut = error.isAtEnd || error.offset >= end && bytes[end - 1] != UInt8(ascii: "}")
            if isCut && bytes[start] == UInt8(ascii: "{") {
                throw .failed("\(title) is cut short after \(bytes.count) bytes")
            }
            throw .failed("\(title) is not JSON (byte \(error.offset): \(error.reason))")
        }
        throw .failed("\(title) is no JSON object; it begins with \"\(Unicode.Scalar(bytes[start]))\"")
    }

    // MARK: Fields

    /// A number; nil where it is missing or null. `range` is what is possible, not what is good.
    public func number(_ key: String, in range: ClosedRange<Double> = 0...1e12) throws(PluginError) -> Double?
    {
        guard let value = member(key) else { return nil }
        guard let number = value.number else { throw wrong(key, value, "a number") }
        guard range.contains(number) else {
            let bounds = [range.lowerBound, range.upperBound].map { Format.number($0, unit: "") }
            throw .failed(
                "\(title) has \(Format.number(number, unit: "")) for \(path(key));"
                    + " \(bounds[0]) to \(bounds[1]) is possible"
            )
        }
        return number
    }

    /// A text; nil where it is missing or null.
    public func text(_ key: String) throws(PluginError) -> String? {
        guard let value = member(key) else { return nil }
        guard let text = value.text else { throw wrong(key, value, "a text") }
        return text
    }

    /// True or false; nil where it is missing or null.
    public func flag(_ key: String) throws(PluginError) -> Bool? {
        guard let value = member(key) else { return nil }
        guard let flag = value.flag else { throw wrong(key, value, "true or false") }
        return flag
    }

    /// A list of texts, or a single text as a list of one; empty where it is missing or null. Elements that are
    /// null are skipped.
    public func texts(_ key: String) throws(PluginError) -> [String] {
        guard let value = member(key) else { return [] }
        if let text = value.text { return [text] }
        guard value.isArray else { throw wrong(key, value, "a list of texts") }
        var texts: [String] = []
        for element in value.elements where !element.isNull {
            guard let text = element.text else { throw wrong(key, element, "a text", at: texts.count) }
            texts.append(text)
        }
        return texts
    }

    /// A date in Unix seconds, given as a text ("2025-10-11T04:00:12Z") or a number; nil where it is missing, null or
    /// says never.
    public func date(_ key: String) throws(PluginError) -> Double? {
        guard let value = member(key) else { return nil }
        let date =
            value.text.map { StatedDate($0) } ?? value.number.map { StatedDate(unix: $0) } ?? .unreadable
        switch date {
        case .moment(let seconds) where seconds >= 946_684_800: return seconds
        case .moment: throw wrong(key, value, "a date after 1999")
        case .never: return nil
        case .finer(let unit):
            throw .failed("\(title) counts \(path(key)) in \(unit); seconds are expected")
        case .unreadable: throw wrong(key, value, "a date like 2025-10-11T04:00:12Z")
        }
    }

    // MARK: What nothing can be shown without

    /// Returns a value that was read from a field, or throws where it is nil, since the field is required.
    public func required<Value>(_ key: String, _ value: Value?) throws(PluginError) -> Value {
        if let value { return value }
        let isNull = json[key] != nil
        throw .failed("\(title) \(isNull ? "has null for" : "lacks") \(path(key)), which is required")
    }

    /// A required text of 1 to 256 bytes, which can be the name of an instance.
    public func name(_ key: String) throws(PluginError) -> String {
        let name = try required(key, try text(key))
        guard !name.isEmpty, name.utf8.count <= 256 else {
            throw .failed(
                "\(title) has a name of \(name.utf8.count) bytes for \(path(key)); 1 to 256 are possible")
        }
        return name
    }

    /// A required object.
    public func object(_ key: String) throws(PluginError) -> DocumentObject {
        let value = try required(key, member(key))
        guard value.isObject else { throw wrong(key, value, "an object") }
        return DocumentObject(value, in: self, path(key))
    }

    /// The elements of a required list of objects.
    public func objects(_ key: String) throws(PluginError) -> [DocumentObject] {
        let value = try required(key, member(key))
        guard value.isArray else { throw wrong(key, value, "a list") }
        var objects: [DocumentObject] = []
        for (index, element) in value.elements.enumerated() {
            guard element.isObject else { throw wrong(key, element, "an object", at: index) }
            objects.append(DocumentObject(element, in: self, path(key), index))
        }
        return objects
    }

    /// The value of a field; null counts as missing.
    private func member(_ key: String) -> JSON? {
        guard let value = json[key], !value.isNull else { return nil }
        return value
    }

    private func path(_ key: String) -> String {
        if let index { return "\(prefix)[\(index)].\(key)" }
        return prefix.isEmpty ? key : "\(prefix).\(key)"
    }

    private func wrong(_ key: String, _ value: JSON, _ expected: String, at index: Int? = nil) -> PluginError
    {
        let place = index.map { "\(path(key))[\($0)]" } ?? path(key)
        return .failed("\(title) has \(value.words) for \(place); \(expected) is expected")
    }
}

extension [DocumentObject] {
    /// The elements with their required `name`, in order. Where a name occurs again, the later element replaces the
    /// first in its place, and `twice` is the first such name.
    public func named() throws(PluginError) -> (
        elements: [(name: String, element: DocumentObject)], twice: String?
    ) {
        var (named, places): ([(name: String, element: DocumentObject)], [String: Int]) = ([], [:])
        var twice: String?
        for element in self {
            let name = try element.name("name")
            if let place = places[name] {
                named[place].element = element
                twice = twice ?? name
            } else {
                places[name] = named.count
                named.append((name, element))
            }
        }
        return (named, twice)
    }
}

extension JSON {
    /// The value or its type, for a sentence.
    fileprivate var words: String {
        if let text { return "\"\(text.shortened(to: 40))\"" }
        if let number { return Format.number(number, unit: "") }
        if let flag { return flag ? "true" : "false" }
        return isNull ? "null" : isArray ? "a list" : "an object"
    }
}

extension String {
    /// The text, or its beginning with an ellipsis, at most `limit` bytes in all.
    public func shortened(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var (kept, used) = (String.UnicodeScalarView(), 0)
        for scalar in unicodeScalars {
            used += UTF8.width(scalar)
            if used > limit - 3 { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }
}
