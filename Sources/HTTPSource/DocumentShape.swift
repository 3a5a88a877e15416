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
