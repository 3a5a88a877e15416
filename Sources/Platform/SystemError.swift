import CPosix

/// A failed operation of the operating system, as one sentence with the operation and the reason.
public struct SystemError: Error, Equatable, Sendable {
    /// The sentence, without a full stop.
    public let sentence: String

    /// Creates an error from a sentence.
    public init(_ sentence: String) { self.sentence = sentence }

    /// Creates the error "PATH cannot be WHAT: REASON" from an `errno` code.
    public init(_ path: String, cannotBe what: String, code: Int32) {
        sentence = "\(path) cannot be \(what): \(String(cString: strerror(code)))"
    }
}

/// A file that cannot be read.
public struct FileError: Error, Equatable, Sendable {
    /// The path of the file.
    public let path: String
    /// The reason in the operating system's words.
    public let reason: String
}

/// A text that is not a valid address or range of addresses.
public struct AddressError: Error, Equatable, Sendable {
    /// One sentence with the mistake and the remedy.
    public let reason: String

    /// Creates an error.
    public init(_ reason: String) { self.reason = reason }
}
