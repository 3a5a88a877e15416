import CCurl
import Core

/// An http or https URL that was understood, and what it is called in a sentence.
struct HTTPAddress: Equatable, Sendable {
    let url: String
    /// An IPv6 address stands in brackets.
    let host: String
    let port: Int
    /// With what is asked behind it: "/health?full".
    let path: String
    let isSecure: Bool
    /// The host is an IP address, and no name that must be looked up.
    let isNumeric: Bool

    /// "srv01:6127".
    var label: String { "\(host):\(port)" }

    struct Failure: Error {
        let reason: String
    }

    init(_ url: String) throws(Failure) {
        let shown = Problem.quoted(url)
        // What a line of a request could not hold, a URL does not hold either.
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw Failure(reason: "\(shown) has a blank or control character in it; write it as %20")
        }
        guard ccurl_load() == 0 else {
            throw Failure(reason: "HTTP cannot be used: \(String(cString: ccurl_load_error()))")
        }
        var parts = ccurl_url()
        guard ccurl_parse(url, &parts) == 0 else {
            throw Failure(reason: "\(shown) is no URL; expected one like http://srv01:6127/")
        }
        guard parts.has_user == 0 else {
            throw Failure(
                reason: "a URL must not hold a user name or password, which would be sent in the clear")
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
