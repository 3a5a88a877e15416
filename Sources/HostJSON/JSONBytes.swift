extension JSON {
    /// Reads a whole document, UTF-8.
    public init(_ bytes: [UInt8]) throws(Mistake) {
        let result: Result<JSON, Mistake> = bytes.withUnsafeBytes { all in
            do throws(Mistake) { return .success(try JSON(all)) } catch { return .failure(error) }
        }
        self = try result.get()
    }
}
