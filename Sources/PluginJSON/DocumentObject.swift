import PluginKit

/// An object in a document of a host, read leniently. A field that is missing or null is absent. A field whose value
/// has a wrong type or is impossible is absent too, and the document's ``remarks`` say so: one bad field does not
/// make the others unreadable. What throws `failed` is a document that is not JSON or is cut short, one without its
/// own time, and a missing field that nothing can be shown without.
///
/// Valid as long as it is kept: it owns the parsed document.
public struct DocumentObject {
    /// What is wrong in the document; shared by all of its objects.
    public let remarks: DocumentRemarks
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
        remarks = DocumentRemarks()
        (prefix, index) = ("", nil)
        json = try Self.parse(document.bytes, title)
        if let time = json["timestamp"]?.number { document.isTaken(at: time) }
        try require("timestamp")
        // Without its time nothing in the document is known to be of now.
        if number("timestamp", Quantity(0...1e11)) == nil, let failure = remarks.failure { throw failure }
    }

    private init(_ json: JSON, in parent: DocumentObject, _ prefix: String, _ index: Int? = nil) {
        self.json = json
        title = parent.title
        remarks = parent.remarks
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
            let isCut =
                error.isAtEnd
                || error.offset >= end && bytes[end - 1] != UInt8(ascii: "}") && !isFollowed(bytes)
            if isCut && bytes[start] == UInt8(ascii: "{") {
                throw .failed("\(title) is cut short after \(bytes.count) bytes")
            }
            throw .failed("\(title) is not JSON (byte \(error.offset): \(error.reason))")
        }
        throw .failed("\(title) is no JSON object; it begins with \"\(Unicode.Scalar(bytes[start]))\"")
    }

    /// Whether a whole value stands before the mistake.
    private static func isFollowed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? JSON(bytes, isWhole: false)) != nil
    }

    // MARK: Fields

    /// A number times `unit`; nil where it is missing, null, no number or not possible for the quantity.
    ///
    /// - Parameter quantity: What is possible, in base units.
    /// - Parameter unit: The size of the field's unit in base units: 3600 for hours.
    public func number(_ key: String, _ quantity: Quantity, times unit: Double = 1) -> Double? {
        guard let value = member(key) else { return nil }
        guard let stated = value.number else {
            wrong(key, value, "a number")
            return nil
        }
        guard let number = quantity.possible(stated * unit) else {
            let bounds = [quantity.range.lowerBound, quantity.range.upperBound].map {
                Format.number($0 / unit, unit: "")
            }
            isImpossible(key, Format.number(stated, unit: ""), "\(bounds[0]) to \(bounds[1]) is possible")
            return nil
        }
        return number
    }

    /// A limit in base units; nil where there is none, which 0, −1 and numbers beyond every machine stand for, and where
    /// the value is no limit.
    ///
    /// - Parameter quantity: What is limited; limits above its range are none.
    /// - Parameter unit: The size of the field's unit in base units.
    public func limit(_ key: String, _ quantity: Quantity, times unit: Double) -> Double? {
        // Docker and runc write -1. Control groups write 2^63 less a page, or 2^64, in bytes.
        if let stated = member(key)?.number {
            if stated == 0 || stated == -1 || stated * unit > quantity.range.upperBound { return nil }
        }
        return number(key, quantity, times: unit)
    }

    /// A temperature in degrees Celsius. The status is `unknown` where the number is one that agents send for "not
    /// told", 0 or −1: such a temperature is shown and neither good nor bad.
    ///
    /// - Parameter zeroIsReal: The device is known to report 0 itself.
    public func temperature(_ key: String, zeroIsReal: Bool = false) -> (celsius: Double, status: Status)? {
        guard let celsius = number(key, .temperature) else { return nil }
        guard celsius == -1 || celsius == 0 && !zeroIsReal else { return (celsius, .auto) }
        remarks.addField(
            "\(title) has \(Format.number(celsius, unit: "")) for \(path(key)), which often means \"not told\""
        )
        return (celsius, .unknown)
    }

    /// A text; nil where it is missing, null or no text.
    public func text(_ key: String) -> String? {
        guard let value = member(key) else { return nil }
        guard let text = value.text else {
            wrong(key, value, "a text")
            return nil
        }
        return text
    }

    /// True or false; nil where it is missing, null or neither.
    public func flag(_ key: String) -> Bool? {
        guard let value = member(key) else { return nil }
        guard let flag = value.flag else {
            wrong(key, value, "true or false")
            return nil
        }
        return flag
    }

    /// A list of texts, or a single text as a list of one; empty where it is missing or null. Elements that are
    /// no texts are left out.
    public func texts(_ key: String) -> [String] {
        guard let value = member(key) else { return [] }
        if let text = value.text { return [text] }
        guard value.isArray else {
            wrong(key, value, "a list of texts")
            return []
        }
        var texts: [String] = []
        for (place, element) in value.elements.enumerated() where !element.isNull {
            if let text = element.text {
                texts.append(text)
            } else {
                wrong(key, element, "a text", at: place)
            }
        }
        return texts
    }

    /// A date in Unix seconds, given as a text ("2025-10-11T04:00:12Z") or a number; nil where it is missing, null or
    /// says never, and where it is not possible.
    public func date(_ key: String, _ quantity: Quantity) -> Double? {
        guard let value = member(key) else { return nil }
        let date =
            value.text.map { StatedDate($0) } ?? value.number.map { StatedDate(unix: $0) } ?? .unreadable
        switch date {
        case .never: return nil
        case .moment(let seconds):
            if let possible = quantity.possible(seconds) { return possible }
            isImpossible(key, value.words, "this cannot be its date")
        case .finer(let unit):
            remarks.addField("\(title) counts \(path(key)) in \(unit); seconds are expected")
        case .unreadable: wrong(key, value, "a date like 2025-10-11T04:00:12Z")
        }
        return nil
    }

    /// Whether a field is there, whatever its value; null counts as missing.
    public func has(_ key: String) -> Bool { member(key) != nil }

    /// Adds a remark on a field whose value cannot be true beside another one.
    public func isImpossible(_ key: String, _ value: String, _ expected: String) {
        remarks.addField("\(title) has \(value) for \(path(key)); \(expected)")
    }

    // MARK: What nothing can be shown without

    /// Throws where a field is missing or null.
    public func require(_ key: String) throws(PluginError) {
        if member(key) != nil { return }
        let isNull = json[key] != nil
        throw .failed("\(title) \(isNull ? "has null for" : "lacks") \(path(key)), which is required")
    }

    /// A required object. A value of another type is an object without fields.
    public func object(_ key: String) throws(PluginError) -> DocumentObject {
        try require(key)
        return optional(key)!
    }

    /// An object; nil where it is missing or null. A value of another type is an object without fields.
    public func optional(_ key: String) -> DocumentObject? {
        guard let value = member(key) else { return nil }
        if !value.isObject { wrong(key, value, "an object") }
        return DocumentObject(value, in: self, path(key))
    }

    /// The elements of a required list of objects. Elements of other types are left out.
    public func objects(_ key: String) throws(PluginError) -> [DocumentObject] {
        try require(key)
        guard let value = member(key), value.isArray else {
            if let value = member(key) { wrong(key, value, "a list") }
            return []
        }
        var objects: [DocumentObject] = []
        for (place, element) in value.elements.enumerated() {
            guard element.isObject else {
                wrong(key, element, "an object", at: place)
                continue
            }
            objects.append(DocumentObject(element, in: self, path(key), place))
        }
        return objects
    }

    /// The required `name`, which can be that of an instance. Where its value is none, the place of the object in the
    /// document stands for it, so that what the object says is shown.
    fileprivate func name() throws(PluginError) -> String {
        try require("name")
        guard let name = text("name") else { return place }
        guard !name.isEmpty, name.utf8.count <= 256 else {
            isImpossible("name", "a text of \(name.utf8.count) bytes", "1 to 256 are possible")
            return name.isEmpty ? place : name.shortened(to: 256)
        }
        return name
    }

    /// "drives[1]"
    private var place: String { index.map { "\(prefix)[\($0)]" } ?? prefix }

    /// The value of a field; null counts as missing.
    private func member(_ key: String) -> JSON? {
        guard let value = json[key], !value.isNull else { return nil }
        return value
    }

    private func path(_ key: String) -> String {
        prefix.isEmpty ? key : "\(place).\(key)"
    }

    private func wrong(_ key: String, _ value: JSON, _ expected: String, at index: Int? = nil) {
        let place = index.map { "\(path(key))[\($0)]" } ?? path(key)
        remarks.addField("\(title) has \(value.words) for \(place); \(expected) is expected")
    }
}

extension DocumentObject {
    fileprivate func isTwice(_ name: String) {
        remarks.add(.unknown, "\(title) lists \(name.shortened(to: 80)) twice; both entries are shown")
    }
}

extension [DocumentObject] {
    /// The elements with their required `name`, in order. A name that occurs again gets a number behind it, so that
    /// neither of the two hides what the other one says, and a remark says so.
    public func named() throws(PluginError) -> [(name: String, element: DocumentObject)] {
        var named: [(name: String, element: DocumentObject)] = []
        var counts: [String: Int] = [:]
        var twice: String?
        for element in self {
            let name = try element.name()
            var unique = name
            while counts[unique] != nil {
                counts[name] = counts[name]! + 1
                unique = "\(name) (\(counts[name]!))"
                twice = twice ?? name
            }
            counts[unique] = 1
            named.append((unique, element))
        }
        if let twice, let first { first.isTwice(twice) }
        return named
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
