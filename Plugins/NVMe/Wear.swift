import PluginKit

/// Used endurance in percent, and the other figures of the same drive that contradict it.
struct Wear {
    /// The figure that is believed.
    let percent: Double
    /// Names of attributes whose rating is not believed.
    private(set) var disbelieved: [String] = []
    /// Which figure is believed and which is not; nil: all agree.
    private(set) var dispute: String?

    init(percent: Double) { self.percent = percent }

    /// The wear that an ATA drive's attributes tell, in the order of trust: life left or used, then erase counts.
    /// Nil where none tells it. `told` is smartctl's `endurance_used`, which is either its guess from one of these
    /// attributes or the drive's own standard statistic; the latter is believed first.
    init?(_ attributes: [ATAAttribute], told: Double?) {
        let figures = Figure.all(of: attributes)
        let told = Quantity.wear.possible(told)
        if let told, !Self.isGuess(told, from: attributes) {
            percent = told
            settle(with: figures, believed: "the drive's statistics")
        } else if let first = figures.first {
            percent = first.percent
            if let other = first.contradicted { disbelieve(other, of: first.name) }
            settle(with: Array(figures.dropFirst()), believed: first.name)
        } else {
            return nil
        }
    }

    /// Whether the wear is in doubt: of two figures that contradict each other one alone is never critical.
    var isDisputed: Bool { dispute != nil }

    /// Smartctl takes the rating of an attribute with such a name for the endurance left.
    private static func isGuess(_ told: Double, from attributes: [ATAAttribute]) -> Bool {
        attributes.contains {
            ($0.name.hasPrefix("SSD_Life_Left") || $0.name.hasPrefix("Wear_Leveling"))
                && max(100 - $0.value, 0) == told
        }
    }

    private mutating func settle(with others: [Figure], believed: String) {
        for other in others where dispute == nil {
            if Self.contradict(percent, other.percent) {
                disbelieved.append(other.name)
                dispute = "wear by \(believed), not \(Self.words(other.percent)) (\(other.name))"
            }
        }
    }

    private mutating func disbelieve(_ figure: Double, of name: String) {
        disbelieved.append(name)
        if Self.contradict(percent, figure) {
            dispute = "wear by raw value of \(name), not \(Self.words(figure))"
        }
    }

    /// Whether two figures are so far apart that they cannot both be true, and one of them would be an alarm.
    fileprivate static func contradict(_ first: Double, _ second: Double) -> Bool {
        abs(first - second) >= 20 && max(first, second) >= 80
    }

    private static func words(_ percent: Double) -> String { Format.number(percent, unit: "percent") }

    /// What one attribute says of the wear.
    private struct Figure {
        let name: String
        let percent: Double
        /// What its rating says, where the raw value is believed instead.
        var contradicted: Double?

        static func all(of attributes: [ATAAttribute]) -> [Figure] {
            // Attribute 230 of WD and SanDisk counts upwards in an undocumented way.
            let rated = attributes.filter { $0.id != 230 && $0.value >= 0 && $0.value <= 100 }
            // Only the raw value shows whether a low rating means little left or, as with some makers, little used.
            let life = rated.filter { $0.isOfLife && ($0.raw != nil || $0.value >= 20) }.map(Figure.init)
            let erased = ["Wear_Leveling_Count", "Ave_Block-Erase_Count"]
            return life
                + rated.filter { [173, 177].contains($0.id) && erased.contains($0.name) }
                .map { Figure(name: $0.name, percent: 100 - $0.value, contradicted: nil) }
        }

        init(name: String, percent: Double, contradicted: Double?) {
            (self.name, self.percent, self.contradicted) = (name, percent, contradicted)
        }

        /// The rating counts down from 100, and the raw value either repeats it or counts the used part. Where the
        /// raw value is the opposite of what it should be, the rating counts upwards and the raw value is believed.
        init(_ attribute: ATAAttribute) {
            let rated = 100 - attribute.value
            guard let raw = Quantity.wear.possible(attribute.raw), raw > 0 else {
                self.init(name: attribute.name, percent: rated, contradicted: nil)
                return
            }
            var (used, other): (Double, Double?) = (rated, nil)
            if attribute.countsUsed {
                // The rating ends at 0, where the raw value goes on.
                if attribute.value == 0 && raw > 100 { used = raw }
                if raw <= 100 && abs(raw - rated) > 1 { (used, other) = (raw, rated) }
            } else if attribute.value + raw == 100 {
                (used, other) = (100 - raw, rated)
            } else if raw < attribute.value && attribute.name == "Remaining_Lifetime_Perc" {
                // Its rating stays at 100, which contradicts nothing.
                used = 100 - raw
            }
            self.init(name: attribute.name, percent: used, contradicted: other == used ? nil : other)
        }
    }
}

extension ATAAttribute {
    /// Whether the attribute tells the part of the drive's life that is left or used, by the name that smartctl's
    /// database has for the model.
    fileprivate var isOfLife: Bool {
        if contains(name, "Media_Wearout") || contains(name, "Endurance_Remain") { return true }
        guard contains(name, "Life"), !name.hasPrefix("Sys_") else { return false }
        return ["Left", "Remain", "Used"].contains { contains(name, $0) }
    }

    /// Whether the raw value is the used part: by its name, and for attribute 202, which Micron and those who follow
    /// it name after what is left.
    fileprivate var countsUsed: Bool { id == 202 || contains(name, "Used") }
}
