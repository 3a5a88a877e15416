import Contract

/// Which ways of rounding are tried for the numbers of a metric; the one that takes the fewest bits is used, block by
/// block.
enum QuantumChoice: Sendable {
    /// Exactly: counters, times, and whatever is counted.
    case exact
    /// To 0.1, as percentages and temperatures are shown; watts too.
    case tenths
    /// By a quantum of the unit.
    case bytes, byteRate, hertz
    /// Whole seconds exactly, others to two units.
    case duration
    /// Whole numbers and those of two decimals exactly, others to three digits.
    case plain

    /// Doubles beyond have no place for the scale of every quantum.
    private static let largest = 0x1p900
    /// Below, a linear quantum keeps every value within its step.
    private static let linear = 0x1p49
    /// Sizes below are kept to the byte.
    private static let small = 0x1p20

    init(_ metric: MetricDeclaration) {
        if metric.kind == .counter {
            self = .exact
            return
        }
        self =
            switch metric.unit {
            case "percent", "celsius", "watts": .tenths
            case "bytes": .bytes
            case "bytes/s": .byteRate
            case "hertz": .hertz
            case "seconds": .duration
            default: .plain
            }
    }

    /// Returns the quanta that keep the values well enough; never none. Where there are several all keep them exactly, and
    /// what one that does not has left is kept exactly from then on: written again, a number does not move any further.
    func candidates(for values: ArraySlice<Double>) -> [Quantum] {
        let exact = Self.exact(values)
        let largest = values.reduce(0) { max($0, $1.magnitude) }
        guard largest < Self.largest else { return [exact ?? .raw] }
        switch self {
        case .exact:
            return [exact ?? [.tenth, .hundredth, .thousandth].first { values.allSatisfy($0.keeps) } ?? .raw]
        case .duration: return [exact ?? .duration]
        case .plain: return [exact ?? (values.allSatisfy(Quantum.hundredth.keeps) ? .hundredth : .fine)]
        case .tenths: return Self.candidates(exact, largest < Self.linear ? .tenth : .raw, values)
        case .bytes:
            if let exact, largest < Self.small { return [exact] }
            return Self.candidates(exact, .bytes, values)
        case .byteRate: return Self.candidates(exact, .byteRate, values)
        case .hertz: return Self.candidates(exact, .hertz, values)
        }
    }

    /// The quantum of the unit, and an exact one beside it where both are.
    private static func candidates(_ exact: Quantum?, _ usual: Quantum, _ values: ArraySlice<Double>)
        -> [Quantum]
    {
        if let exact, values.allSatisfy(usual.keeps) { return [exact, usual] }
        return [usual]
    }

    /// The quantum with the largest step that keeps all values exactly; nil: not all are whole.
    private static func exact(_ values: ArraySlice<Double>) -> Quantum? {
        guard values.allSatisfy(Quantum.one.keeps) else { return nil }
        // A small number takes few bits as it is, and the next block may have another divisor.
        guard values.contains(where: { $0.magnitude >= 0x1p20 }) else { return .one }
        return [.times512000, .times4096, .times1024, .times512].first { values.allSatisfy($0.keeps) } ?? .one
    }
}
