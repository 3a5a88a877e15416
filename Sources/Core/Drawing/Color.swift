/// A colour as it is sent to a terminal.
public enum Color: Equatable, Hashable, Sendable {
    /// The terminal's default.
    case standard
    /// 0...15: the terminal's palette; 16...255: the colour cube and the greys of xterm.
    case indexed(UInt8)
    case rgb(UInt8, UInt8, UInt8)
}

/// A 24-bit colour, and its nearest neighbours for terminals with fewer colours.
public struct Shade: Equatable, Sendable {
    /// The parts, 0...255.
    public let red, green, blue: UInt8

    /// A colour written as 0xrrggbb.
    public init(_ hex: UInt32) {
        red = UInt8(truncatingIfNeeded: hex >> 16)
        green = UInt8(truncatingIfNeeded: hex >> 8)
        blue = UInt8(truncatingIfNeeded: hex)
    }

    init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// The colour as "#rrggbb".
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = [UInt8(ascii: "#")]
        for part in [red, green, blue] { text += [digits[Int(part >> 4)], digits[Int(part & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// The nearest of the indexed colours 16...255, which look the same in every terminal.
    public var nearest256: UInt8 {
        let (r, g, b) = (Shade.cubeStep(red), Shade.cubeStep(green), Shade.cubeStep(blue))
        let cube = Shade(Shade.cubeLevels[r], Shade.cubeLevels[g], Shade.cubeLevels[b])
        let average = (Int(red) + Int(green) + Int(blue)) / 3
        let step = min(max((average - 3) / 10, 0), 23)
        let grey = Shade(UInt8(8 + step * 10), UInt8(8 + step * 10), UInt8(8 + step * 10))
        let takesGrey = distance(to: grey) < distance(to: cube)
        return UInt8(takesGrey ? 232 + step : 16 + 36 * r + 6 * g + b)
    }

    /// The nearest of the indexed colours 0...15, as xterm shows them.
    public var nearest16: UInt8 {
        var best = 0
        for (index, shade) in Shade.sixteen.enumerated()
        where distance(to: shade) < distance(to: Shade.sixteen[best]) { best = index }
        return UInt8(best)
    }

    /// Relative luminance as WCAG 2 defines it, 0...1.
    public var luminance: Double {
        func linear(_ part: UInt8) -> Double {
            // A cubic fit of the sRGB curve: within 0.003 of it, and no pow() needed.
            let x = Double(part) / 255
            return x * (x * (x * 0.305306011 + 0.682171111) + 0.012522878)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The contrast ratio of WCAG 2 between the two colours, 1...21.
    public func contrast(with other: Shade) -> Double {
        let (a, b) = (luminance + 0.05, other.luminance + 0.05)
        return max(a, b) / min(a, b)
    }

    private static let cubeLevels: [UInt8] = [0, 95, 135, 175, 215, 255]
    private static let sixteen: [Shade] = [
        0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
        0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
    ].map { Shade($0) }

    private static func cubeStep(_ part: UInt8) -> Int {
        part < 48 ? 0 : part < 115 ? 1 : (Int(part) - 35) / 40
    }

    /// Squared distance, weighted by the sensitivity of the eye.
    private func distance(to other: Shade) -> Int {
        let (r, g, b) = (
            Int(red) - Int(other.red), Int(green) - Int(other.green), Int(blue) - Int(other.blue)
        )
        return 3 * r * r + 6 * g * g + 2 * b * b
    }
}
