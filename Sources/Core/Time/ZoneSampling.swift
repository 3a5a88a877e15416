extension LocalZone {
    /// Creates a zone from what a system tells of single moments, by looking once a week and narrowing down each change.
    /// Two changes within a week that cancel each other are not seen.
    ///
    /// - Parameters:
    ///   - first: Unix seconds from which on changes are looked for.
    ///   - last: Unix seconds; afterwards the last difference goes on.
    ///   - offset: The seconds that the local time is ahead of UTC at a Unix time in seconds.
    public init(from first: Int64, to last: Int64, offset: (Int64) -> Int) {
        var offsets = [Offset(seconds: offset(first))]
        var seen = first
        while seen < last {
            let next = min(seen + 7 * 86_400, last)
            if offset(next) != offsets[offsets.count - 1].seconds {
                var (low, high) = (seen, next)
                while high - low > 1 {
                    let middle = low + (high - low) / 2
                    if offset(middle) == offsets[offsets.count - 1].seconds {
                        low = middle
                    } else {
                        high = middle
                    }
                }
                offsets.append(Offset(from: high, seconds: offset(high)))
                // A second change may lie in the same week.
                seen = high
                continue
            }
            seen = next
        }
        self.init(offsets)
    }
}
