import PluginKit

/// The counts of well, doubtful and failed things that a document's summary states, compared with the document's
/// list. The worse of the two counts, and each contradiction becomes a remark.
public struct ServedCounts {
    /// The things of a document in three classes.
    public struct Tally {
        public var well, warning, critical: Double

        public init(well: Double = 0, warning: Double = 0, critical: Double = 0) {
            (self.well, self.warning, self.critical) = (well, warning, critical)
        }
    }

    /// What the summary states; nil where it states nothing.
    public let well, warning, critical: Double?
    private let remarks: DocumentRemarks
    private let names: (well: String, warning: String, critical: String)
    /// "drives"
    private let things: String

    /// Reads the counts of a summary from its fields `names`, which are also the words for them in sentences.
    public init(
        _ summary: DocumentObject, of things: String,
        _ names: (well: String, warning: String, critical: String)
    ) {
        well = summary.number(names.well, .count)
        warning = summary.number(names.warning, .count)
        critical = summary.number(names.critical, .count)
        remarks = summary.remarks
        self.names = names
        self.things = things
    }

    /// The worst class that the summary counts something in; `auto`: all that it counts is well.
    public var worst: Status {
        if critical ?? 0 > 0 { return .critical }
        return warning ?? 0 > 0 ? .warning : .auto
    }

    /// Compares the number of all things with that of the list's entries. Returns `auto` where both agree.
    @discardableResult
    public func compare(total listed: Int) -> Status {
        guard let well, let warning, let critical, well + warning + critical != Double(listed) else {
            return .auto
        }
        let counted = Self.text(well + warning + critical)
        return contradict(.unknown, "the summary counts \(counted) \(things), and the list has \(listed)")
    }

    /// Compares the classes with those of the list's entries. Returns the status that the worse of the two gives the
    /// whole; `auto` where both agree.
    public func compare(with listed: Tally) -> Status {
        if let critical, critical > listed.critical {
            return contradict(.critical, critical, names.critical, listed.critical)
        }
        if let warning, warning + (critical ?? 0) > listed.warning + listed.critical {
            return contradict(.warning, warning, names.warning, listed.warning)
        }
        if let well, well > listed.well, listed.warning + listed.critical > 0 {
            return contradict(.unknown, well, names.well, listed.well)
        }
        return .auto
    }

    /// Compares the classes with the one word that the document has for all things.
    public func compare(with word: String, _ status: Status) {
        guard Status.worse(worst, status) != status else { return }
        let (count, name) = worst == .critical ? (critical, names.critical) : (warning, names.warning)
        let counted = "the summary counts \(Self.text(count ?? 0)) \(name) \(things)"
        _ = contradict(worst, "\(counted), and the status is \"\(word.shortened(to: 40))\"")
    }

    private func contradict(_ status: Status, _ counted: Double, _ name: String, _ listed: Double) -> Status {
        contradict(
            status,
            "the summary counts \(Self.text(counted)) \(name) \(things), and the list has \(Self.text(listed))"
        )
    }

    private func contradict(_ status: Status, _ sentence: String) -> Status {
        remarks.add(status, sentence)
        return status
    }

    private static func text(_ count: Double) -> String { Format.number(count, unit: "count") }
}
