import CCurl
import CPosix
import Core
import Platform

extension TransportFailure {
    /// Determines the failure of a transfer; nil: it has succeeded.
    @MainActor
    init?(_ answer: ccurl_answer, _ exchange: HTTPExchange) {
        guard let kind = Self.kind(of: answer, exchange.request, exchange.target) else { return nil }
        self = exchange.failure(kind)
    }

    private static func kind(
        of answer: ccurl_answer, _ request: HTTPClient.Request, _ target: HTTPAddress
    ) -> Kind? {
        switch Int(answer.outcome) {
        case CCURL_OK: status(of: answer, request, target)
        case CCURL_CUT: cut(answer, request)
        case CCURL_TIMED_OUT: timeout(answer, request)
        case CCURL_NO_CONNECTION: noConnection(answer.system_error, target)
        case CCURL_NO_NAME: .badAddress(target.host)
        case CCURL_CLOSED: .closed(isReset: answer.system_error == ECONNRESET)
        case CCURL_BROKEN_OFF: .brokenOff(progress(answer))
        case CCURL_NOT_HTTP: .notHTTP
        case CCURL_BAD_ENCODING: .badEncoding
        case CCURL_BAD_CERTIFICATE: .badCertificate(words(answer))
        default: .notAsked(words(answer))
        }
    }

    private static func status(
        of answer: ccurl_answer, _ request: HTTPClient.Request, _ target: HTTPAddress
    ) -> Kind? {
        let status = Int(answer.status)
        let isKnown = request.validators != HTTPClient.Validators()
        // 203: a proxy of the host has changed the answer, which is a whole one all the same.
        if status == 200 || status == 203 || (status == 304 && isKnown) { return nil }
        let reason = answer.reason.map { String(cString: $0) } ?? ""
        if status == 429 || (status == 503 && answer.retry_after >= 0) {
            return .busy(status, reason: reason)
        }
        return .status(status, reason: reason, path: target.path)
    }

    private static func cut(_ answer: ccurl_answer, _ request: HTTPClient.Request) -> Kind {
        if answer.cut == Int32(CCURL_HEADERS_TOO_LARGE) { return .tooManyHeaders }
        guard answer.body_received < UInt64(answer.length) / 2 else {
            return .tooLarge(limit: request.bodyLimit)
        }
        return .unpacksTooLarge(received: answer.body_received, limit: request.bodyLimit)
    }

    private static func timeout(_ answer: ccurl_answer, _ request: HTTPClient.Request) -> Kind {
        guard answer.is_connected != 0 else {
            return .noConnection(min(request.connectTimeout, request.timeout))
        }
        return answer.received > 0 ? .slow(progress(answer), request.timeout) : .silent(request.timeout)
    }

    private static func noConnection(_ code: Int32, _ target: HTTPAddress) -> Kind {
        // The zone of a link-local address is an interface of this machine.
        if let zone = target.zone, if_nametoindex(zone) == 0 { return .noInterface(zone) }
        return switch code {
        case ECONNREFUSED: .refused
        case EMFILE, ENFILE: .tooManyFiles
        case ENETUNREACH, ENETDOWN: .noNetwork
        case 0: .unreachable(nil)
        default: .unreachable(String(cString: strerror(code)))
        }
    }

    private static func progress(_ answer: ccurl_answer) -> Progress {
        let isPromised = answer.promised > 0
        return Progress(
            received: isPromised ? answer.body_received : UInt64(answer.received),
            promised: isPromised ? UInt64(answer.promised) : 0)
    }

    private static func words(_ answer: ccurl_answer) -> String {
        answer.words.map { String(cString: $0) } ?? "unknown"
    }
}
