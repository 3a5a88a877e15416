import Core
import HostJSON

extension HostAPI {
    /// Recognises a document by its required members, without a check of their content; nil: it is none of the
    /// documents.
    public init?(document bytes: [UInt8]) {
        guard let document = try? JSON(bytes), document["timestamp"]?.number != nil else { return nil }
        func isText(_ key: String) -> Bool { document[key]?.text != nil }
        func isList(_ key: String) -> Bool { document[key]?.isArray ?? false }
        func isObject(_ key: String) -> Bool { document[key]?.isObject ?? false }
        if isText("status"), isList("drives") {
            self = .drives
        } else if isObject("summary"), isList("services") {
            self = .services
        } else if isText("overall_status"), isObject("backup") {
            self = .backups
        } else {
            return nil
        }
    }
}

/// What can be told of a document without reading it.
enum DocumentShape {
    /// Returns the number behind the last `"timestamp":` in a document; nil: there is none. It serves to know the host's
    /// clock before a plugin reads the first document.
    static func timestamp(in bytes: [UInt8]) -> Double? {
        let key = Array("\"timestamp\"".utf8)
        guard bytes.count > key.count else { return nil }
        var place = bytes.count - key.count
        while place >= 0, !bytes[place...].starts(with: key) { place -= 1 }
        guard place >= 0 else { return nil }
        let digits = bytes[(place + key.count)...].drop { $0 == 0x20 || $0 == UInt8(ascii: ":") }
            .prefix { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        return Double(String(decoding: digits, as: UTF8.self))
    }
}
