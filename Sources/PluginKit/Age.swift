/// Ages as every line of a widget writes them: the largest unit alone, "45s", "12m", "26h", "9d".
public enum Age {
    /// Hours are counted up to three days, since limits of ages are: "26h" beside a limit of 26h.
    private static let longestInHours = 72.0 * 3600

    /// An age that is not negative; "–" for anything else.
    public static func text(_ seconds: Double) -> String {
        guard seconds >= 0, seconds < 1e11 else { return "–" }
        if seconds < 60 { return "\(Int(seconds))s" }
        if seconds < 3600 { return "\(Int(seconds / 60))m" }
        if seconds < longestInHours { return "\(Int(seconds / 3600))h" }
        return "\(Int(seconds / 86400))d"
    }

    /// A limit of ages, in the largest unit that states it exactly.
    public static func limit(_ seconds: Double) -> String {
        guard seconds >= 0, seconds < 1e11 else { return "–" }
        let whole = Int(seconds.rounded())
        if seconds >= longestInHours && whole % 86400 == 0 { return "\(whole / 86400)d" }
        if whole % 3600 == 0 { return "\(whole / 3600)h" }
        return whole % 60 == 0 ? "\(whole / 60)m" : "\(whole)s"
    }

    /// The time since a moment, or until one in the future: "3d ago", "just now", "in 30m".
    public static func relative(_ seconds: Double) -> String {
        if seconds <= -1 { return "in " + text(-seconds) }
        return seconds < 60 ? "just now" : text(seconds) + " ago"
    }
}
