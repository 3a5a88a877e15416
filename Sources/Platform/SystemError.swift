import CPosix

/// An operation of this machine that has failed, in one sentence that names what was tried and why it failed.
public struct SystemError: Error, Equatable, Sendable {
    /// Without a full stop.
    public let sentence: String

    /// Creates an error from a sentence.
    public init(_ sentence: String) { self.sentence = sentence }

    /// Creates "PATH cannot be WHAT: REASON" from a code of errno.
    public init(_ path: String, cannotBe what: String, code: Int32) {
        sentence = "\(path) cannot be \(what): \(String(cString: strerror(code)))"
    }
}

/// A file that cannot be read.
public struct FileError: Error, Equatable, Sendable {
    public let path: String
    /// The system's words for it.
    public let reason: String
}

/// A text that is not the address or the range of addresses that it should be; one sentence with the remedy.
public struct AddressError: Error, Equatable, Sendable {
    public let reason: String

    /// Creates an error.
    public init(_ reason: String) { self.reason = reason }
}
