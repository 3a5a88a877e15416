import Contract
import Testing

@Suite struct FormatTests {
    private static let cases: [(Double, String, String)] = [
        (8.16e9, "bytes", "7.60G"), (0, "bytes", "0B"), (1023, "bytes", "1.00K"), (512, "bytes", "512B"),
        (56, "celsius", "56°C"), (4, "percent", "4%"), (0.4, "percent", "0.4%"),
        (2_445_000_000, "hertz", "2.44GHz"),
        (11419 * 3600.0, "seconds", "475d"), (2732, "seconds", "45m 32s"), (0.0042, "seconds", "4.20ms"),
        (1e30, "count", "1.00e30"), (-5, "celsius", "-5°C"), (1e30, "bytes", "1.00e30"),
        (12345, "count", "12345"),
    ]

    @Test(arguments: cases)
    func number(_ value: Double, _ unit: String, _ expected: String) {
        #expect(Format.number(value, unit: unit) == expected)
    }

    @Test func whatIsNotANumberIsADash() {
        #expect(Format.number(.nan, unit: "bytes") == "–")
        #expect(Format.number(.infinity, unit: "bytes") == "∞")
    }

    private static let narrow: [(Double, String, Int, String)] = [
        (12345.6, "percent", 6, "12346%"), (12345.6, "percent", 5, "12k%"), (12345.6, "percent", 3, "–"),
        (8.16e9, "bytes", 4, "7.6G"), (8.16e9, "bytes", 3, "8G"), (8.16e9, "bytes", 1, "–"),
        (3_223_456, "count", 4, "3.2M"), (310.5, "bytes", 5, "310B"), (999.4 * 1024, "bytes", 3, "1M"),
        (105, "celsius", 4, "105°"), (1e30, "count", 5, "1e30"), (2_445_000_000, "hertz", 6, "2.4GHz"),
        (23 * 3600 + 54 * 60, "seconds", 6, "23h"), (3560, "seconds", 6, "59m"),
        (0.0042, "seconds", 5, "4.2ms"),
        (0.4, "percent", 3, "–"), (-1234, "count", 4, "–"), (.nan, "bytes", 1, "–"), (5, "count", 0, ""),
    ]

    @Test(arguments: narrow)
    func aNumberIsNeverCut(_ value: Double, _ unit: String, _ width: Int, _ expected: String) {
        #expect(Format.number(value, unit: unit, width: width) == expected)
    }

    @Test(arguments: [
        "bytes", "bytes/s", "percent", "celsius", "hertz", "watts", "count", "ratio", "seconds", "",
    ])
    func noFormIsWiderThanItsRoom(_ unit: String) {
        for exponent in [-323, -300, -289] + Array(-12...24) + [300, 308] {
            for mantissa in [1, 1.5, 4.999, 9.994, 9.996] {
                let value = mantissa * pow(10, exponent)
                for width in 1...12 {
                    let text = Format.number(value, unit: unit, width: width)
                    #expect(text.unicodeScalars.count <= width, "\(value) \(unit) in \(width): \(text)")
                }
            }
        }
    }

    private func pow(_ base: Double, _ exponent: Int) -> Double {
        (0..<abs(exponent)).reduce(1) { value, _ in exponent < 0 ? value / base : value * base }
    }

    private static let limited: [(Double, String, Limits, String)] = [
        (84.96, "percent", Limits(warning: 85, critical: 95), "84.9%"),
        (84.4, "percent", Limits(warning: 85, critical: 95), "84%"),
        (94.6, "percent", Limits(warning: 80, critical: 95), "94.6%"),
        (85.2, "percent", Limits(warning: 85, critical: 95), "85%"),
        (99.96, "percent", Limits(warning: 85, critical: 95), "100%"),
        (10.04, "percent", Limits(warning: 20, critical: 10), "10.1%"),
        (9.96, "percent", Limits(warning: 20, critical: 10), "10%"),
        (89.7, "celsius", Limits(warning: 90, critical: 100), "89.7°C"),
        (4_290_000_000, "bytes", Limits(warning: 4_294_967_296, critical: .nan), "3.99G"),
        (84.96, "percent", .none, "85%"),
    ]

    @Test(arguments: limited)
    func aNumberStandsOnItsOwnSideOfALimit(
        _ value: Double, _ unit: String, _ limits: Limits, _ expected: String
    ) {
        #expect(Format.number(value, unit: unit, limits: limits) == expected)
    }

    @Test func aShareFitsItsRoom() {
        #expect(Format.share(2.58e9, of: 8.16e9, unit: "bytes", width: 11) == "2.40G/7.60G")
        #expect(Format.share(2.58e9, of: 8.16e9, unit: "bytes", width: 9) == "2.4G/7.6G")
        #expect(Format.share(2.58e9, of: 8.16e9, unit: "bytes", width: 4) == "2.4G")
    }
}
