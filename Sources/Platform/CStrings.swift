import CPosix

/// Conversion of Swift strings to C strings for the duration of a call.
public enum CStrings {
    /// Calls `body` with one NUL-terminated copy per text, nil for nil, and returns its result. The copies are freed
    /// when `body` returns and must not be kept. Any thread.
    public static func with<Result>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result
    {
        let copies = texts.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        return body(copies.map { UnsafePointer($0) })
    }
}
