extension NumberBlock {
    /// One way to write a block.
    private struct Plan {
        var recent: Recent
        var predictor: Predictor
        /// What the predictions leave.
        var rests: [UInt64]
        /// The Rice parameter; nil: a fixed width.
        var rice: Int?
        var width: Int
        var bits: Int
    }

    /// Returns the bytes of a block, and what the next one is predicted from. nil instead of bytes: all is as the last
    /// number, so that a full block can be part of a run.
    static func encode(
        _ values: ArraySlice<Double>, after recent: Recent, by choice: QuantumChoice
    ) -> (bytes: [UInt8]?, recent: Recent) {
        if values.allSatisfy({ recent.quantum.code($0) == recent.last }), isRun(values, recent, choice) {
            var after = recent
            for _ in values.prefix(4) { after.append(recent.last) }
            return (nil, after)
        }
        var best: Plan?
        for quantum in choice.candidates(for: values) {
            let start = recent.converted(to: quantum)
            let extra = quantum == recent.quantum ? 0 : 8
            let codes = values.map(quantum.code)
            for predictor in Predictor.allCases {
                var plan = plan(codes, start, predictor)
                plan.bits += extra
                if plan.bits < best?.bits ?? .max { best = plan }
            }
        }
        return write(best!, otherQuantum: best!.recent.quantum != recent.quantum)
    }

    /// Whether the quantum in force is one that the values may have.
    private static func isRun(_ values: ArraySlice<Double>, _ recent: Recent, _ choice: QuantumChoice) -> Bool
    {
        values.allSatisfy(recent.quantum.keeps) || choice.candidates(for: values).contains(recent.quantum)
    }

    private static func plan(_ codes: [Int64], _ start: Recent, _ predictor: Predictor) -> Plan {
        var recent = start
        var rests: [UInt64] = []
        rests.reserveCapacity(codes.count)
        var all: UInt64 = 0
        for code in codes {
            let rest = zigzag(code &- recent.predicted(predictor))
            rests.append(rest)
            all |= rest
            recent.append(code)
        }
        let width = width(all)
        var plan = Plan(
            recent: recent, predictor: predictor, rests: rests, rice: nil, width: width,
            bits: (width < widest ? 0 : 8) + width * codes.count)
        for parameter in 0..<min(max(width, 1), 16) {
            let bits = riceBits(rests, parameter, below: plan.bits)
            if bits < plan.bits {
                plan.bits = bits
                plan.rice = parameter
            }
        }
        return plan
    }

    private static func riceBits(_ rests: [UInt64], _ parameter: Int, below limit: Int) -> Int {
        var bits = 0
        for rest in rests {
            let quotient = rest >> UInt64(parameter)
            bits += quotient < escape ? Int(quotient) + 1 + parameter : escape + 6 + width(rest)
            if bits >= limit { return limit }
        }
        return bits
    }

    private static func write(_ plan: Plan, otherQuantum: Bool) -> (bytes: [UInt8]?, recent: Recent) {
        var head = plan.predictor.rawValue | (otherQuantum ? Self.otherQuantum : 0)
        head |= UInt8(plan.rice ?? min(plan.width, widest)) << 4
        if plan.rice != nil { head |= rice }
        var bytes = [head]
        if otherQuantum { bytes.append(plan.recent.quantum.rawValue) }
        if plan.rice == nil, plan.width >= widest { bytes.append(UInt8(plan.width)) }
        var bits = BitWriter()
        for rest in plan.rests {
            guard let parameter = plan.rice else {
                bits.put(rest, plan.width)
                continue
            }
            let quotient = rest >> UInt64(parameter)
            if quotient < escape {
                bits.put(1 << quotient - 1, Int(quotient) + 1)
                bits.put(rest, parameter)
            } else {
                bits.put(1 << UInt64(escape) - 1, escape)
                let width = width(rest)
                bits.put(UInt64(width - 1), 6)
                bits.put(rest, width)
            }
        }
        bits.align()
        return (bytes + bits.bytes, plan.recent)
    }
}
