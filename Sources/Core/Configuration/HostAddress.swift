/// The name or IP address of a host, without a port.
public struct HostAddress: Sendable, Equatable {
    /// Why a text is not an address.
    public struct Refusal: Error, Equatable {
        /// What would be right, to follow the word "expected".
        public var expected: String
    }

    /// The address as it was written; an IPv6 address without its brackets.
    public let text: String

    /// Parses a host name, an IPv4 address or an IPv6 address with or without brackets. Throws a ``Refusal`` for
    /// anything else, for an address with a port, and for an address that cannot be one host's.
    public init(_ written: String) throws(Refusal) {
        let bytes = Array(written.utf8)
        guard !bytes.isEmpty else { throw Refusal(expected: "a host's name or IP address") }
        guard !bytes.contains(UInt8(ascii: "/")) else {
            throw Refusal(
                expected: "a host's name or IP address alone, without \"http://\" and without a path")
        }
        if bytes.first == UInt8(ascii: "["), let end = bytes.firstIndex(of: UInt8(ascii: "]")) {
            guard end == bytes.count - 1 else { throw Self.hasPort }
            text = try Self.checked6(Array(bytes[1..<end]))
        } else if bytes.contains(UInt8(ascii: ":")) {
            guard bytes.count(where: { $0 == UInt8(ascii: ":") }) > 1 else { throw Self.hasPort }
            text = try Self.checked6(bytes)
        } else {
            try Self.checkName(bytes)
            text = written
        }
    }

    /// Whether it is an IPv6 address.
    public var isIPv6: Bool { text.utf8.contains(UInt8(ascii: ":")) }

    /// The address as a URL has it: an IPv6 address in brackets, the "%" of its zone escaped.
    public var urlHost: String {
        guard isIPv6 else { return text }
        return "[" + text.replacingPercent + "]"
    }

    /// The address as a message shows it before a port: an IPv6 address in brackets.
    public var shown: String { isIPv6 ? "[\(text)]" : text }

    /// A form that is equal for all notations of one address: names in lower case without a final dot, IPv6 as
    /// eight hexadecimal groups.
    public var canonical: String {
        guard isIPv6 else {
            let lower = text.lowercased()
            return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        }
        let bytes = Array(text.utf8)
        let address = bytes.prefix { $0 != UInt8(ascii: "%") }
        let groups = IPv6.groups(Array(address)) ?? []
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
            + String(decoding: bytes[address.count...], as: UTF8.self)
    }

    /// Whether a byte may be in the name of a host, plugin or metric: letters, digits, "-" and "_".
    public static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static let hasPort = Refusal(
        expected: "an address without a port: ports have a key of their own, \"ports\"")

    private static func checked6(_ bytes: [UInt8]) throws(Refusal) -> String {
        let address = bytes.prefix { $0 != UInt8(ascii: "%") }
        let zone = bytes[address.count...].dropFirst()
        guard let groups = IPv6.groups(Array(address)) else {
            throw Refusal(expected: "an IPv6 address such as \"fd00::10\" or \"[fd00::10]\"")
        }
        let isZoned = address.count < bytes.count
        guard !isZoned || (1...15).contains(zone.count) && zone.allSatisfy({ isNameByte($0) || $0 == 46 })
        else {
            throw Refusal(expected: "the name of a network interface behind \"%\", such as \"fe80::10%eth0\"")
        }
        guard groups.contains(where: { $0 != 0 }) else { throw unusable }
        if groups[0] & 0xffc0 == 0xfe80, !isZoned {
            throw Refusal(
                expected: "the network interface of a link-local address too, such as \"fe80::10%eth0\"")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let unusable = Refusal(expected: "the address of one host")

    /// Checks a name or an IPv4 address. A name whose last label is a number is taken as an IPv4 address.
    private static func checkName(_ bytes: [UInt8]) throws(Refusal) {
        let name = bytes.last == UInt8(ascii: ".") ? bytes.dropLast() : bytes[...]
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if let last = labels.last, !last.isEmpty, last.allSatisfy({ (48...57).contains($0) }) {
            let numbers = labels.compactMap(octet)
            guard labels.count == 4, numbers.count == 4, name.count == bytes.count else {
                throw Refusal(
                    expected: "an IPv4 address: four numbers from 0 to 255, such as \"192.168.1.10\"")
            }
            // "This network", multicast, and the broadcast address.
            guard numbers[0] != 0, numbers[0] < 224 else { throw unusable }
            return
        }
        let isSound = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.allSatisfy(isNameByte)
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
        guard isSound, name.count <= 253 else {
            throw Refusal(
                expected: "a host's name or IP address: letters, digits, \"-\", \"_\" and \".\", such as"
                    + " \"srv01\", \"nas.lan\", \"192.168.1.10\" or \"fd00::10\"")
        }
    }

    /// Parses one number of an IPv4 address. Leading zeros are refused, since some programs read them as octal.
    private static func octet(_ label: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(label.count), label.count == 1 || label.first != UInt8(ascii: "0") else {
            return nil
        }
        var value = 0
        for byte in label {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value <= 255 ? value : nil
    }

    /// Parses IPv6 addresses (RFC 4291, section 2.2).
    private enum IPv6 {
        /// The eight groups of an address; nil where the text is not one.
        static func groups(_ bytes: [UInt8]) -> [UInt16]? {
            guard let gap = firstGap(bytes) else {
                let all = sequence(bytes[...], isLast: true)
                return all?.count == 8 ? all : nil
            }
            guard let head = sequence(bytes[..<gap], isLast: false),
                let tail = sequence(bytes[(gap + 2)...], isLast: true),
                head.count + tail.count < 8
            else { return nil }
            return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
        }

        private static func firstGap(_ bytes: [UInt8]) -> Int? {
            bytes.indices.dropLast().first {
                bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: ":")
            }
        }

        /// Parses groups between single colons; the last one of the address may be an IPv4 address.
        private static func sequence(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> [UInt16]? {
            guard !bytes.isEmpty else { return [] }
            var groups: [UInt16] = []
            let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if isLast, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                    let octets = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                    let numbers = octets.compactMap(octet)
                    guard octets.count == 4, numbers.count == 4 else { return nil }
                    groups += [UInt16(numbers[0] << 8 | numbers[1]), UInt16(numbers[2] << 8 | numbers[3])]
                } else {
                    // `UInt16.init(_:radix:)` also accepts a sign.
                    guard (1...4).contains(part.count), let first = part.first, !"+-".utf8.contains(first),
                        let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                    else { return nil }
                    groups.append(group)
                }
            }
            return groups
        }
    }
}

extension String {
    fileprivate var replacingPercent: String {
        var result = ""
        for scalar in unicodeScalars {
            if scalar == "%" { result += "%25" } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}
