/// Suggestions for mistyped words.
public enum Spelling {
    /// The candidate with the smallest edit distance to `word`, among equals the first; nil where none is near
    /// enough for a typing mistake.
    public static func nearest(to word: String, in candidates: [String]) -> String? {
        let typed = Array(word.lowercased().unicodeScalars)
        guard !typed.isEmpty, typed.count <= 64 else { return nil }
        var best: (distance: Int, word: String)?
        for candidate in candidates where candidate != word {
            let letters = Array(candidate.lowercased().unicodeScalars)
            guard letters.count <= 64 else { continue }
            let found = distance(typed, letters)
            guard found <= tolerance(min(typed.count, letters.count)) else { continue }
            if found < best?.distance ?? .max { best = (found, candidate) }
        }
        return best?.word
    }

    /// The end of a message about a wrong word, `; did you mean "memory"?`; empty where no candidate is near.
    ///
    /// - Parameter prefix: Text that is written before each candidate: `nvme.` before a metric.
    public static func hint(for word: String, in candidates: [String], prefix: String = "") -> String {
        nearest(to: word, in: candidates).map { "; did you mean \(Problem.quoted(prefix + $0))?" } ?? ""
    }

    /// The largest distance at which a word of that length is suggested.
    private static func tolerance(_ length: Int) -> Int {
        length <= 3 ? 1 : length <= 7 ? 2 : 3
    }

    /// The optimal string alignment distance: the number of letters inserted, deleted, replaced, or swapped with
    /// their neighbour.
    public static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for i in 0..<left.count {
            var row = [i + 1]
            row.reserveCapacity(right.count + 1)
            for j in 0..<right.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }
}
