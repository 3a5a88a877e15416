import Core
import FoundationEssentials

extension HostAPI {
    /// Which of the documents this is, told by what is in it; nil: none.
    public init?(document: [UInt8]) {
        guard let shape = try? JSONDecoder().decode(DocumentShape.self, from: Data(document)),
            let kind = shape.kind
        else { return nil }
        self = kind
    }
}

/// The required parts alone, without a look at what they hold.
private struct DocumentShape: Decodable {
    let kind: HostAPI?

    private enum Key: String, CodingKey {
        case status, drives, summary, services, backup, service, timestamp
        case overall = "overall_status"
    }

    init(from decoder: any Decoder) throws {
        let document = try decoder.container(keyedBy: Key.self)
        func isText(_ key: Key) -> Bool { (try? document.decode(String.self, forKey: key)) != nil }
        func isList(_ key: Key) -> Bool { (try? document.nestedUnkeyedContainer(forKey: key)) != nil }
        func isObject(_ key: Key) -> Bool {
            (try? document.nestedContainer(keyedBy: Key.self, forKey: key)) != nil
        }
        _ = try document.decode(Double.self, forKey: .timestamp)
        if isText(.status), isList(.drives) {
            kind = .drives
        } else if isObject(.summary), isList(.services) {
            kind = .services
        } else if isText(.overall), isObject(.backup) {
            kind = .backups
        } else {
            kind = nil
        }
    }
}
