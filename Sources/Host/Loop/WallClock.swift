import CPosix

/// The wall clock that is shown: the machine's, or one that was set and stands still.
struct WallClock {
    /// Unix time, nanoseconds; nil: the machine's own.
    var fixed: Int64?

    func now() -> Int64 { fixed ?? cposix_wall() }
}
