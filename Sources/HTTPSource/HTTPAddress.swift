import CCurl
import Core
import Platform

/// An http or https URL that was understood, and what it is called in a sentence.
public struct HTTPAddress: Equatable, Sendable {
    public let url: String
    /// An IPv6 address stands in brackets.
    public let host: String
    public let port: Int
    /// With what is asked behind it: "/health?full".
    public let path: String
    public let isSecure: Bool
    /// The host is an IP address, and no name that must be looked up.
    public let isNumeric: Bool

    /// "srv01:6127".
    public var label: String { "\(host):\(port)" }

    public init(_ url: String) throws(AddressError) {
        let shown = Problem.quoted(url)
        // What a line of a request could not hold, a URL does not hold either.
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw AddressError("\(shown) has a blank or control character in it; write it as %20")
        }
        guard ccurl_load() == 0 else {
            throw AddressError("HTTP cannot be used: \(String(cString: ccurl_load_error()))")
        }
        var parts = ccurl_url()
        guard ccurl_parse(url, &parts) == 0 else {
            throw AddressError("\(shown) is no URL; expected one like http://srv01:6127/")
        }
        guard parts.has_user == 0 else {
            throw AddressError(
                "a URL must not hold a user name or password, which would be sent in the clear")
        }
        self.url = url
        host = withUnsafeBytes(of: parts.host) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        port = Int(parts.port)
        let behindScheme = url.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst(3)
        let path = behindScheme.drop { $0 != UInt8(ascii: "/") }
        self.path = path.isEmpty ? "/" : String(decoding: path, as: UTF8.self)
        isSecure = parts.is_secure != 0
        isNumeric = parts.is_address != 0
    }
}
