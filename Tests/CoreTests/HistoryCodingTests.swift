import Contract
import Testing

@testable import Core

@Suite struct HistoryCodingTests {
    @Test func numbersOfVariableLengthComeBack() throws {
        var bytes = HistoryBytes()
        let unsigned: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, .max]
        let signed: [Int64] = [0, -1, 1, .min, .max]
        for number in unsigned { bytes.unsigned(number) }
        for number in signed { bytes.signed(number) }
        var cursor = HistoryCursor(bytes.bytes, 0..<bytes.bytes.count)
        for number in unsigned { #expect(try cursor.unsigned() == number) }
        for number in signed { #expect(try cursor.signed() == number) }
        try cursor.finish()
    }

    @Test func aNumberOfMoreThan64BitsIsRefused() {
        let bytes = [UInt8](repeating: 0xff, count: 9) + [2]
        var cursor = HistoryCursor(bytes, 0..<bytes.count)
        #expect(throws: ChunkDamage.outOfRange) { try cursor.unsigned() }
        var endless = HistoryCursor([0x80, 0x80], 0..<2)
        #expect(throws: ChunkDamage.truncated) { try endless.unsigned() }
    }

    @Test func aLongTextIsCutBetweenCharacters() {
        #expect(HistoryBytes.cut("é") == "é")
        let cut = HistoryBytes.cut("x" + String(repeating: "é", count: HistoryFormat.mostText))
        #expect(cut.utf8.count == HistoryFormat.mostText - 1)
        #expect(cut.unicodeScalars.last == "é")
    }

    /// The check value of the Castagnoli polynomial.
    @Test func theChecksumIsCRC32C() { #expect(Checksum.of(Array("123456789".utf8)) == 0xe306_9283) }

    @Test func bitsOfAnyWidth() throws {
        var random = Seeded(1)
        let numbers = (0..<500).map { _ in
            let width = Int.random(in: 0...64, using: &random)
            return (random.next() & (width == 64 ? .max : 1 << UInt64(width) - 1), width)
        }
        var writer = BitWriter()
        for (number, width) in numbers { writer.put(number, width) }
        writer.align()
        var reader = BitReader(HistoryCursor(writer.bytes, 0..<writer.bytes.count))
        for (number, width) in numbers { #expect(try reader.get(width) == number) }
    }

    @Test func aQuantumKeepsItsOrderAndItsStep() {
        var random = Seeded(2)
        for quantum in [Quantum.bytes, .byteRate, .hertz, .fine, .duration] {
            var last = Int64.min
            let values = (0..<2000).map { _ in
                Double(
                    sign: random.chance(2) ? .plus : .minus,
                    exponent: Int.random(in: -40...60, using: &random),
                    significand: Double.random(in: 1..<2, using: &random))
            }
            for value in values.sorted() {
                let code = quantum.code(value)
                #expect(code >= last, "\(quantum) \(value)")
                #expect(quantum.code(quantum.value(code)) == code, "\(quantum) \(value)")
                last = code
            }
        }
    }

    @Test func everyCodeHasAValue() {
        for raw in UInt8(0)..<20 {
            guard let quantum = Quantum(rawValue: raw) else { continue }
            for code in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
                _ = quantum.code(quantum.value(code))
            }
            for value in [Double.infinity, -.infinity, .nan, .greatestFiniteMagnitude, 0x1p-1074] {
                _ = quantum.code(value)
            }
        }
    }

    private func read(_ stream: NumberStream) throws -> [Double] {
        let bytes = stream.encoded
        var reader = NumberReader(HistoryCursor(bytes, 0..<bytes.count), count: stream.count)
        var numbers: [Double] = []
        for _ in 0..<stream.count { numbers.append(try reader.next()) }
        return numbers
    }

    /// Whatever the numbers and however many: whole ones, constant ones, jumps, and the largest there are.
    @Test func exactNumbersComeBackAtEveryLength() throws {
        var random = Seeded(3)
        for count in [0, 1, 2, 31, 32, 33, 64, 65, 700] {
            var stream = NumberStream(.exact)
            var numbers: [Double] = []
            for index in 0..<count {
                let number =
                    index > 100 && index < 600
                    ? 7
                    : random.chance(9)
                        ? HistoryExample.oddities.randomElement(using: &random)!
                        : Double(random.next() % 1000)
                numbers.append(number)
                stream.append(number)
                #expect(stream.count == numbers.count)
            }
            #expect(try read(stream) == numbers, "\(count) numbers")
        }
    }

    @Test func aConstantTakesNextToNothing() throws {
        var stream = NumberStream(.bytes)
        for _ in 0..<1800 { stream.append(16_777_216_000) }
        #expect(stream.encoded.count < 20)
        #expect(try read(stream).allSatisfy { $0 == 16_777_216_000 })
    }

    @Test func aLineTakesNextToNothing() {
        var stream = NumberStream(.exact)
        for index in 0..<1800 { stream.append(1_000_000 + Double(index) * 2000) }
        #expect(stream.encoded.count < 90)
    }

    @Test func oneLargeNumberCostsItsBlockLittle() {
        var (calm, jumping) = (NumberStream(.exact), NumberStream(.exact))
        for index in 0..<64 {
            calm.append(Double(index % 2))
            jumping.append(index == 40 ? 0x1p50 : Double(index % 2))
        }
        #expect(jumping.encoded.count < calm.encoded.count + 40)
    }

    @Test func whatIsPassedOverIsNotLost() throws {
        var example = HistoryExample(seed: 4)
        var stream = NumberStream(.tenths)
        for index in 0..<900 {
            stream.append(index < 300 ? 50 : Double.random(in: 0...100, using: &example.random))
        }
        let all = try read(stream)
        let bytes = stream.encoded
        for skipped in [0, 1, 31, 32, 299, 300, 301, 898] {
            var reader = NumberReader(HistoryCursor(bytes, 0..<bytes.count), count: 900)
            try reader.skip(skipped)
            #expect(try reader.next() == all[skipped], "after \(skipped)")
        }
    }

    @Test func notANumberIsNoNumber() throws {
        var bytes = HistoryBytes()
        bytes.u8(Quantum.raw.rawValue)
        bytes.signed(Int64(bitPattern: Double.nan.bitPattern))
        bytes.u8(0)
        var reader = NumberReader(HistoryCursor(bytes.bytes, 0..<bytes.bytes.count), count: 1)
        #expect(throws: ChunkDamage.outOfRange) { try reader.next() }
    }
}
