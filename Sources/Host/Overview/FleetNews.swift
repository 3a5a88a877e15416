import Contract
import Core

/// Hosts that have gone and come back, in one sentence however many they are.
@MainActor
final class FleetNews {
    private var gone: [(host: String, why: String)] = []
    private var back: [(host: String, after: Int64)] = []

    /// So many are named.
    private static let named = 3

    func note(_ event: FleetMember.Event, of host: String) {
        switch event {
        case .gone(let why): gone.append((host, why))
        case .back(let after): back.append((host, after))
        }
    }

    /// What has been noted since it was last asked; nil: nothing has.
    func sentence() -> String? {
        defer { (gone, back) = ([], []) }
        var parts: [String] = []
        if let first = gone.first {
            parts.append(
                gone.count == 1
                    ? "\(first.host) is unreachable: \(first.why)" : list(gone.map(\.host), "are unreachable")
            )
        }
        if let first = back.first {
            let after = Format.duration(Double(first.after / 1_000_000_000))
            parts.append(
                back.count == 1 ? "\(first.host) is back after \(after)" : list(back.map(\.host), "are back"))
        }
        let sentence = parts.joined(separator: "; ")
        return parts.isEmpty ? nil : sentence + (sentence.hasSuffix("?") ? "" : ".")
    }

    private func list(_ hosts: [String], _ what: String) -> String {
        let names = hosts.prefix(Self.named).joined(separator: ", ")
        let rest = hosts.count - min(hosts.count, Self.named)
        return "\(hosts.count) hosts \(what): \(names)\(rest > 0 ? " and \(rest) more" : "")"
    }
}
