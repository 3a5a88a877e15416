/// Up to 32 numbers, each as what is left of it when it is predicted from those before.
///
/// Its first byte: bits 0–1 the predictor, bit 2 Rice coding instead of a fixed width, bit 3 a byte with another quantum
/// follows, bits 4–7 the width or the Rice parameter; 15 without Rice: a byte with the width follows.
enum NumberBlock {
    /// The number of values of a full block.
    static let capacity = 32
    /// The lowest two bits of the byte that stands for full blocks of one value: bits 4–7 their number less one.
    static let run: UInt8 = 3

    static let rice: UInt8 = 4
    static let otherQuantum: UInt8 = 8
    /// A quotient of so many ones has no end, and is followed by 6 bits for the width less one and the number itself: a
    /// single large number must not cost its block much.
    static let escape = 16
    static let widest = 15

    /// How a number is predicted. Raw values are stored.
    enum Predictor: UInt8, CaseIterable {
        /// The last number.
        case last = 0
        /// The last number and its last change.
        case line = 1
        /// The mean of the last four, for what only flutters.
        case mean = 2
    }

    /// The last four numbers, the latest first, as whole numbers of a quantum.
    struct Recent: Sendable {
        var quantum: Quantum
        private var codes: (Int64, Int64, Int64, Int64)

        /// The same number four times: what the first one of a stream is predicted from.
        init(_ code: Int64, _ quantum: Quantum) {
            codes = (code, code, code, code)
            self.quantum = quantum
        }

        var last: Int64 { codes.0 }

        func predicted(_ predictor: Predictor) -> Int64 {
            switch predictor {
            case .last: codes.0
            case .line: codes.0 &+ (codes.0 &- codes.1)
            case .mean: (codes.0 >> 2) &+ (codes.1 >> 2) &+ (codes.2 >> 2) &+ (codes.3 >> 2)
            }
        }

        mutating func append(_ code: Int64) { codes = (code, codes.0, codes.1, codes.2) }

        /// The same numbers in another quantum, as near as it has them.
        func converted(to other: Quantum) -> Recent {
            guard other != quantum else { return self }
            var result = self
            result.quantum = other
            result.codes = (
                other.code(quantum.value(codes.0)), other.code(quantum.value(codes.1)),
                other.code(quantum.value(codes.2)), other.code(quantum.value(codes.3))
            )
            return result
        }
    }

    /// The number of bits of a number without its leading zeros.
    static func width(_ value: UInt64) -> Int { 64 - value.leadingZeroBitCount }
}
