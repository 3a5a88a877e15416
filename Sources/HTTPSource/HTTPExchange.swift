import CPosix
import Core
import Platform

/// A running request with its redirects, from ``HTTPClient/get(_:then:)`` to its answer. It serves to cancel the
/// request.
@MainActor
public final class HTTPExchange {
    let request: HTTPClient.Request
    var isOver = false
    let then: @MainActor (HTTPClient.Answer) -> Void
    var started: UInt64
    /// The address of the current redirect, at first that of the request.
    var target: HTTPAddress
    var redirects = 0
    var isRunning = false
    /// The addresses of the target's host; nil: it is an address itself, or is being looked up.
    var found: NameResolver.Found?
    var transfer: OpaquePointer?
    weak var client: HTTPClient?
    var sent: UInt64 = 0
    var received: UInt64 = 0

    init(
        _ request: HTTPClient.Request, started: UInt64,
        _ then: @escaping @MainActor (HTTPClient.Answer) -> Void
    ) {
        self.request = request
        self.started = started
        self.then = then
        target = request.address
    }

    /// The addresses of the target in the form of `CURLOPT_RESOLVE`; nil: it is an address itself.
    var addresses: String? { found.map { "\(target.host):\(target.port):\($0.text)" } }

    /// A failure at the host's address. It names the target of a redirect that has been followed.
    func failure(_ kind: TransportFailure.Kind) -> TransportFailure {
        var isFollowed = redirects > 0
        switch kind {
        case .redirectLoop, .redirectElsewhere: isFollowed = false
        default: break
        }
        return TransportFailure(
            kind, at: request.address.label, redirectedTo: isFollowed ? target.url : nil)
    }

    func answer(_ outcome: HTTPClient.Outcome, now: UInt64) -> HTTPClient.Answer {
        var answer = HTTPClient.Answer(outcome: outcome)
        answer.sent = sent
        answer.received = received
        answer.duration = now - started
        return answer
    }
}
