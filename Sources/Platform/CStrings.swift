import CPosix

/// Texts as C has them, for the length of a call.
public enum CStrings {
    public static func with<Result>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result
    {
        let copies = texts.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        return body(copies.map { UnsafePointer($0) })
    }
}
