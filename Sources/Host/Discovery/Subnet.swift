import Core
import Platform

/// A range of IPv4 addresses that is small enough to be probed one by one.
struct Subnet: Equatable, Sendable {
    let first: UInt32
    let last: UInt32

    /// The largest number of addresses, a /22.
    static let sizeLimit = 1024
    private static let example = "expected one like 192.168.1.0/24"

    /// Parses "192.168.1.0/24" or a single address. The range excludes the network and broadcast addresses.
    ///
    /// - Throws: ``AddressError`` for any other text, or a range that is too large.
    init(_ text: String) throws(AddressError) {
        let shown = Problem.quoted(text)
        if text.contains(where: { $0 == ":" }) {
            throw AddressError(
                "\(shown) is an IPv6 subnet, and those are too large to be searched; name its hosts one by "
                    + "one in hosts.toml")
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = Self.address(parts[0]) else {
            throw AddressError("\(shown) is no subnet; \(Self.example)")
        }
        var bits: UInt32 = 32
        if parts.count == 2 {
            guard parts[1].utf8.count <= 2, let number = UInt32(parts[1]), number <= 32 else {
                throw AddressError(

                    "\(shown) is no subnet: behind the / stands a number from 22 to 32; \(Self.example)")
            }
            bits = number
        }
        guard bits >= 22 else {
            throw AddressError(
                "\(shown) has \(UInt64(1) << UInt64(32 - bits)) addresses; at most \(Self.sizeLimit), a /22, "
                    + "are asked in one go")
        }
        // 0.0.0.0/8 means this network; addresses from 224.0.0.0 on are multicast or reserved.
        guard address >> 24 != 0, address >> 28 < 14 else {
            throw AddressError("\(shown) holds no addresses of machines; \(Self.example)")
        }
        let mask = bits == 32 ? UInt32.max : ~(UInt32.max >> bits)
        let (low, high) = (address & mask, address | ~mask)
        (first, last) = bits >= 31 ? (low, high) : (low + 1, high - 1)
    }

    var count: Int { Int(last - first) + 1 }

    var addresses: [String] { (first...last).map(Self.text) }

    static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { "\(address >> UInt32($0) & 255)" }.joined(separator: ".")
    }

    /// Parses four numbers up to 255. Leading zeros are rejected, since some programs read them as octal.
    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            let digits = part.utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.count == 1 || digits.first != 0x30, let number = UInt8(part)
            else { return nil }
            address = address << 8 | UInt32(number)
        }
        return address
    }
}
