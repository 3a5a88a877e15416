/// How a number is written: divided by `factor`, with so many decimals, a prefix (`k`, `M`, `e30`) and a unit. The
/// forms of a number are tried from the most exact one to the shortest, so that no number is ever cut.
struct Figure {
    private(set) var factor = 1.0
    private(set) var decimals = 0
    private(set) var unit: String
    private var prefix = ""
    /// The step between two prefixes; 0: the form has none.
    private var base = 0.0
    private var step = 0

    private static let binary = ["B", "K", "M", "G", "T", "P", "E"]
    private static let decimal = ["", "k", "M", "G", "T", "P", "E"]

    /// Smaller values are written as 0: the factors of their exponents have no exact value.
    private static let smallest = 1e-290

    private init(unit: String, decimals: Int = 0) {
        self.unit = unit
        self.decimals = decimals
    }

    /// Returns the most exact form.
    init(_ value: Double, unit: String) {
        switch unit {
        case "bytes": self.init(scaled: value, base: 1024, unit: "")
        case "bytes/s": self.init(scaled: value, base: 1024, unit: "/s")
        case "percent": self.init(percent: value)
        case "celsius": self.init(whole: value, unit: "°C")
        case "hertz": self.init(scaled: value, base: 1000, unit: "Hz")
        case "watts": self.init(scaled: value, base: 1000, unit: "W")
        case "count": self.init(count: value)
        case "ratio": self.init(significant: value, unit: ":1")
        default: self.init(significant: value, unit: "")
        }
    }

    /// Three significant digits.
    init(significant value: Double, unit: String) {
        let size = abs(value)
        if size >= 999_500 {
            self.init(scaled: value, base: 1000, unit: unit)
        } else if size < Self.smallest || value == value.rounded() && size < 1000 {
            self.init(prefixed: unit, decimals: 0)
        } else if size < 0.001 {
            self.init(exponential: value, unit: unit)
        } else {
            self.init(prefixed: unit, decimals: size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
        }
    }

    private init(percent value: Double) {
        let size = abs(value)
        if size >= 1e6 {
            self.init(significant: value, unit: "%")
        } else {
            self.init(prefixed: "%", decimals: size >= 9.95 || value == value.rounded() ? 0 : 1)
        }
    }

    private init(whole value: Double, unit: String) {
        if abs(value) < 1e6 {
            self.init(prefixed: unit, decimals: 0)
        } else {
            self.init(significant: value, unit: unit)
        }
    }

    /// Whole numbers below a hundred thousand in full, since counts are compared digit by digit.
    private init(count value: Double) {
        if abs(value) < 100_000 && value == value.rounded() {
            self.init(prefixed: "", decimals: 0)
        } else {
            self.init(significant: value, unit: "")
        }
    }

    /// A form without a prefix, which has one where it is shortened.
    private init(prefixed unit: String, decimals: Int) {
        self.init(unit: unit, decimals: decimals)
        base = 1000
    }

    private init(scaled value: Double, base: Double, unit: String) {
        self.init(unit: unit)
        self.base = base
        let names = base == 1024 ? Self.binary : Self.decimal
        var size = abs(value)
        // 999.6 would be written as 1000: it belongs to the next unit.
        while size >= 999.5 && step < names.count - 1 {
            size /= base
            factor *= base
            step += 1
        }
        if size >= 999.5 {
            self = Figure(exponential: value, unit: unit)
            return
        }
        prefix = names[step]
        if step == 0 {
            decimals = size == size.rounded() ? 0 : 1
        } else {
            decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0
        }
    }

    private init(exponential value: Double, unit: String) {
        self.init(unit: unit, decimals: 2)
        var (mantissa, exponent) = (abs(value), 0)
        while mantissa >= 9.995 {
            mantissa /= 10
            factor *= 10
            exponent += 1
        }
        while mantissa < 0.9995 && mantissa > 0 && exponent > -400 {
            mantissa *= 10
            factor /= 10
            exponent -= 1
        }
        prefix = "e\(exponent)"
    }

    /// The form with one decimal more; nil where a further one says nothing.
    func finer(_ value: Double) -> Figure? {
        let scaled = value / factor
        guard decimals == 0, abs(scaled) < 1e6, scaled != scaled.rounded() else { return nil }
        var finer = self
        finer.decimals = 1
        return finer
    }

    /// The next shorter form of a value; nil: there is none that is still that value.
    func shorter(_ value: Double) -> Figure? {
        var next = self
        if decimals > 0 {
            next.decimals -= 1
            // A value that is not 0 is not written as 0.
            return value == 0 || abs(value) / factor >= 0.5 ? next : nil
        }
        if unit == "°C" {
            next.unit = "°"
            return next
        }
        let names = base == 1024 ? Self.binary : Self.decimal
        guard base > 0, step + 1 < names.count else { return nil }
        next.step += 1
        next.factor *= base
        let size = abs(value) / next.factor
        guard size >= 0.95 else { return nil }
        next.prefix = names[next.step]
        next.decimals = size < 9.95 ? 1 : 0
        return next
    }

    /// Writes the value so that it stands on its own side of each limit: 84.96 is not written as 85 beside a limit
    /// of 85.
    func text(_ value: Double, limits: Limits) -> String {
        let scaled = value / factor
        var shown = Self.rounded(scaled, decimals, .toNearestOrAwayFromZero)
        for limit in [limits.warning, limits.critical] {
            let limit = limit / factor
            guard limits.separates(scaled, from: shown, at: limit) else { continue }
            shown = Self.rounded(scaled, decimals, scaled < limit ? .down : .up)
        }
        return Self.fixed(shown, decimals) + prefix + unit
    }

    /// Whether the text for the value is on the wrong side of a limit unless it is rounded towards its own side.
    func isMisleading(_ value: Double, limits: Limits) -> Bool {
        let scaled = value / factor
        let shown = Self.rounded(scaled, decimals, .toNearestOrAwayFromZero)
        return [limits.warning, limits.critical].contains {
            limits.separates(scaled, from: shown, at: $0 / factor)
        }
    }

    private static func rounded(_ value: Double, _ decimals: Int, _ rule: FloatingPointRoundingRule) -> Double
    {
        let scale = decimals == 0 ? 1.0 : decimals == 1 ? 10 : 100
        return (value * scale).rounded(rule) / scale
    }

    /// Fixed-point without `printf`, which Embedded Swift cannot call.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let factor = decimals == 0 ? 1 : decimals == 1 ? 10 : 100
        let digits = (abs(value) * Double(factor)).rounded()
        guard digits < 1e15 else { return "–" }
        let scaled = Int(digits)
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard decimals > 0 else { return sign + "\(scaled)" }
        let fraction = scaled % factor
        let padded = decimals == 2 && fraction < 10 ? "0\(fraction)" : "\(fraction)"
        return sign + "\(scaled / factor).\(padded)"
    }
}

extension Limits {
    /// Whether `shown` passes a limit that the value has not reached, or the reverse.
    func separates(_ value: Double, from shown: Double, at limit: Double) -> Bool {
        guard limit.isFinite, value != shown else { return false }
        if warning < critical { return (value >= limit) != (shown >= limit) }
        if warning > critical { return (value <= limit) != (shown <= limit) }
        // Which way is worse is not known: neither side of the limit may become the limit or the other side.
        return value < limit ? shown >= limit : value > limit && shown <= limit
    }
}
