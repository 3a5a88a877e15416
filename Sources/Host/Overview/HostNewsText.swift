import Contract
import Core
import Engine

/// Describes hosts that have become unreachable or reachable in one sentence, for any number of hosts.
enum HostNewsText {
    /// The number of hosts that are named.
    private static let named = 3

    static func sentence(_ news: [HostNews], _ wording: Wording) -> String? {
        var gone: [(host: String, why: Failure)] = []
        var back: [(host: String, after: Int64)] = []
        for item in news {
            switch item.event {
            case .gone(let why): gone.append((item.host, why))
            case .back(let after): back.append((item.host, after))
            }
        }
        var parts: [String] = []
        if let first = gone.first {
            parts.append(
                gone.count == 1
                    ? "\(first.host) is unreachable: \(first.why.words(wording))"
                    : list(gone.map(\.host), "are unreachable"))
        }
        if let first = back.first {
            let after = Format.duration(Double(first.after / 1_000_000_000))
            parts.append(
                back.count == 1 ? "\(first.host) is back after \(after)" : list(back.map(\.host), "are back"))
        }
        let sentence = parts.joined(separator: "; ")
        return parts.isEmpty ? nil : sentence + (sentence.hasSuffix("?") ? "" : ".")
    }

    private static func list(_ hosts: [String], _ what: String) -> String {
        let names = hosts.prefix(named).joined(separator: ", ")
        let rest = hosts.count - min(hosts.count, named)
        return "\(hosts.count) hosts \(what): \(names)\(rest > 0 ? " and \(rest) more" : "")"
    }
}
