import CCurl
import CPosix
import Core
import Platform

/// An http or https URL, parsed into its parts.
public struct HTTPAddress: Equatable, Sendable {
    /// The URL as it was given.
    public let url: String
    /// The host; an IPv6 address is in brackets.
    public let host: String
    /// The TCP port; the scheme's own where the URL has none.
    public let port: Int
    /// The path with the query: "/health?full".
    public let path: String
    /// Whether the scheme is https.
    public let isSecure: Bool
    /// Whether the host is an IP address, which needs no name resolution.
    public let isNumeric: Bool

    /// The host and port, for messages: "srv01:6127".
    public var label: String { "\(host):\(port)" }

    /// The network interface of a link-local address, "eth0" of "http://[fe80::1%25eth0]/"; nil: there is none.
    var zone: String? {
        guard isNumeric, let end = url.utf8.firstIndex(of: UInt8(ascii: "]")),
            let percent = url.utf8[..<end].firstIndex(of: UInt8(ascii: "%"))
        else { return nil }
        let zone = url.utf8[percent..<end].dropFirst()
        return String(Substring(zone.starts(with: "25".utf8) ? zone.dropFirst(2) : zone))
    }

    /// Whether both have the same host: the case of a name and a point at its end do not matter.
    func isSameHost(as other: HTTPAddress) -> Bool {
        func plain(_ host: String) -> String {
            let lower = host.lowercased()
            return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        }
        return plain(host) == plain(other.host)
    }

    /// Parses a URL.
    ///
    /// - Throws: ``AddressError`` when it is not an http or https URL, contains blanks or credentials, or libcurl is
    ///   not available.
    public init(_ url: String) throws(AddressError) {
        let shown = Problem.quoted(url)
        // A request line could not contain these characters.
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
