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
}
