/// How far the clocks of hosts are from this machine's, in nanoseconds; positive where they are ahead.
public enum ClockSkew {
    /// The largest difference between two findings about the same clock.
    private static let alike: Int64 = 60_000_000_000
    /// The largest difference between the clocks of hosts that are set by the same means.
    private static let close: Int64 = 10_000_000_000

    /// Returns the skew of a host, given that of each of its documents that tells it; 0: its clock is right, or only
    /// some of the documents are off, which is not for its clock.
    ///
    /// - Parameter isSkewed: Whether a difference counts at all.
    public static func ofHost(_ leads: [Int64], isSkewed: (Int64) -> Bool) -> Int64 {
        // The newest document is nearest to the clock.
        guard let most = leads.max(), let least = leads.min(), leads.allSatisfy(isSkewed),
            most.subtractingReportingOverflow(least).partialValue.magnitude <= UInt64(alike)
        else { return 0 }
        return most
    }

    /// Returns the skew that most hosts have in common, so that it is this machine's clock that is wrong; nil: there is
    /// none.
    ///
    /// - Parameter skews: That of each host that answers, 0 for a clock that is right.
    public static func common(_ skews: [Int64]) -> Int64? {
        guard skews.count > 1, skews.contains(where: { $0 != 0 }) else { return nil }
        let middle = skews.sorted()[skews.count / 2]
        let agreeing = skews.count { isSame($0, middle) }
        return middle != 0 && agreeing > 1 && agreeing * 2 > skews.count ? middle : nil
    }

    /// Returns whether two hosts' clocks agree.
    public static func isSame(_ one: Int64, _ other: Int64) -> Bool {
        one.subtractingReportingOverflow(other).partialValue.magnitude <= UInt64(close)
    }
}
