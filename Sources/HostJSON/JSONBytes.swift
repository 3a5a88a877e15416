extension JSON {
    /// Reads a whole document, UTF-8; a byte order mark before it, which some editors write, is passed over.
    public init(_ bytes: [UInt8]) throws(Mistake) {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let result: Result<JSON, Mistake> = bytes.withUnsafeBytes { all in
            let document = all.dropFirst(all.starts(with: mark) ? mark.count : 0)
            do throws(Mistake) { return .success(try JSON(UnsafeRawBufferPointer(rebasing: document))) } catch
            {
                return .failure(error)
            }
        }
        self = try result.get()
    }
}
