/// Remembers what the files of a folder were, and tells which are other ones now. Does not access the disk itself.
struct FileComparison {
    enum Outcome {
        case same
        /// It differs, and is to be looked at again, since it may still be being written.
        case pending
        /// It differs, and may be reported later.
        case unsettled
        /// It differs, and has stayed so.
        case changed
    }

    /// Numbers that change with a file; nil: there is none.
    typealias Identity = [Int]?

    private var known: [String: Identity] = [:]
    private var differing: [String: (identity: Identity, since: UInt64)] = [:]

    /// Nanoseconds for which a file must stay as it is before it is taken.
    private static let settling: UInt64 = 200_000_000
    /// The same for a file whose change should have been reported by other means, unless its writer still has it open.
    private static let longSettling: UInt64 = 1_900_000_000

    /// The files that were there.
    var names: [String] { known.compactMap { $0.value == nil ? nil : $0.key } }

    /// Takes what a file is now for known.
    mutating func learn(_ name: String, _ identity: Identity) {
        known[name] = .some(identity)
        differing[name] = nil
    }

    /// Compares a file with what it was.
    ///
    /// - Parameter isReported: Whether its changes are reported by other means as well.
    mutating func compare(
        _ name: String, _ identity: Identity, isReported: @autoclosure () -> Bool, at moment: UInt64
    )
        -> Outcome
    {
        guard identity != known[name] ?? nil else {
            differing[name] = nil
            return .same
        }
        let isReported = isReported()
        if let (former, since) = differing[name], former == identity {
            guard moment - since >= (isReported ? Self.longSettling : Self.settling) else {
                return .unsettled
            }
            learn(name, identity)
            return .changed
        }
        differing[name] = (identity, moment)
        return isReported ? .unsettled : .pending
    }
}
