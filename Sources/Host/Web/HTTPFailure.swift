import CCurl
import CPosix
import Core

/// Why a request brought no document, in one sentence that names the host and, where there is something, the remedy.
struct HTTPFailure: Error, Equatable, Sendable {
    enum Kind: String, Sendable {
        /// The name of the host has no address, or nobody knows.
        case name
        /// No connection came about.
        case refused, unreachable
        /// This machine itself has no way to that network.
        case noNetwork
        /// There was a connection, and then not the whole answer in time.
        case silent, slow
        /// The other side closed the connection before or amid its answer.
        case broken
        /// An answer came that is none of ours.
        case tooLarge, redirect, status, notHTTP, encoding, certificate
        /// This program could not ask.
        case local
    }

    let kind: Kind
    let sentence: String
    /// 404, 503, …; 0: no whole answer came.
    var status = 0

    /// The host is there: something of it has answered, if not as it should.
    var isAnswer: Bool {
        switch kind {
        case .name, .refused, .unreachable, .noNetwork, .silent, .slow, .broken, .local: false
        case .tooLarge, .redirect, .status, .notHTTP, .encoding, .certificate: true
        }
    }

    /// The host may be back any moment. Otherwise it has answered, and will answer the same.
    var isPassing: Bool {
        switch kind {
        case .name, .refused, .unreachable, .noNetwork, .silent, .slow, .broken, .local: true
        case .status: status >= 500
        case .tooLarge, .redirect, .notHTTP, .encoding, .certificate: false
        }
    }
}

extension HTTPFailure {
    /// What went wrong with a transfer; nil: nothing has.
    init?(_ answer: ccurl_answer, _ request: HTTPClient.Request) {
        let label = request.address.label
        let limit = Self.size(request.bodyLimit)
        switch Int(answer.outcome) {
        case CCURL_OK:
            guard let failure = Self.of(status: answer, request) else { return nil }
            self = failure
        case CCURL_CUT:
            if answer.cut == Int32(CCURL_HEADERS_TOO_LARGE) {
                self.init(kind: .tooLarge, sentence: "\(label) sends over 64 KB of headers and was cut off")
            } else if answer.body_received < UInt64(answer.length) / 2 {
                self.init(
                    kind: .tooLarge,
                    sentence:
                        "\(label) sends \(Self.size(Int(clamping: answer.body_received))) that unpack to more "
                        + "than \(limit), and was cut off; does something else answer there?")
            } else {
                self.init(
                    kind: .tooLarge,
                    sentence:
                        "\(label) sends more than \(limit), which no document has, and was cut off; does something "
                        + "else answer there?")
            }
        case CCURL_TIMED_OUT: self = Self.late(answer, request)
        case CCURL_NO_CONNECTION: self = Self.connection(answer.system_error, label)
        case CCURL_NO_NAME:
            self.init(kind: .name, sentence: "\(request.address.host) is no address that can be used")
        case CCURL_CLOSED:
            let how = answer.system_error == ECONNRESET ? "reset" : "closed"
            self.init(kind: .broken, sentence: "\(label) \(how) the connection without an answer")
        case CCURL_BROKEN_OFF:
            self.init(
                kind: .broken,
                sentence:
                    "\(label) broke off its answer after \(Self.progress(answer)); see the log of what serves it"
            )
        case CCURL_NOT_HTTP:
            self.init(
                kind: .notHTTP, sentence: "\(label) does not speak HTTP; is another service on that port?")
        case CCURL_BAD_ENCODING:
            self.init(kind: .encoding, sentence: "\(label) sends a packed answer that cannot be unpacked")
        case CCURL_BAD_CERTIFICATE:
            let words = answer.words.map { String(cString: $0) } ?? "unknown"
            self.init(
                kind: .certificate,
                sentence: "\(label) cannot be trusted: \(words); check its certificate, or use http")
        default:
            let words = answer.words.map { String(cString: $0) } ?? "unknown"
            self.init(kind: .local, sentence: "\(label) could not be asked: \(words)")
        }
    }

    private static func of(status answer: ccurl_answer, _ request: HTTPClient.Request) -> HTTPFailure? {
        let status = Int(answer.status)
        let isKnown = request.validators != HTTPClient.Validators()
        if status == 200 || (status == 304 && isKnown) { return nil }
        let reason = answer.reason.map { Problem.printable(String(cString: $0)) } ?? ""
        let words = reason.isEmpty ? "\(status)" : "\(status) \(reason)"
        let path = request.address.path
        let remedy =
            switch status {
            case 404, 410: "; check the path \(Problem.printable(path))"
            case 401, 403: "; it asks for rights that this program does not have"
            case 500...599: "; see the log of what serves it"
            default: ""
            }
        return HTTPFailure(
            kind: .status, sentence: "\(request.address.label) answers \(words)\(remedy)", status: status)
    }

    private static func late(_ answer: ccurl_answer, _ request: HTTPClient.Request) -> HTTPFailure {
        let label = request.address.label
        let time = DurationText.exact(nanoseconds: request.timeout)
        guard answer.is_connected != 0 else {
            let patience = DurationText.exact(nanoseconds: min(request.connectTimeout, request.timeout))
            return HTTPFailure(
                kind: .unreachable,
                sentence:
                    "\(label) accepted no connection within \(patience); is the machine on, and lets its "
                    + "firewall through to that port?")
        }
        guard answer.received > 0 else {
            return HTTPFailure(
                kind: .silent,
                sentence:
                    "\(label) accepted the connection and answered nothing within \(time); is what serves it hung?"
            )
        }
        return HTTPFailure(
            kind: .slow, sentence: "\(label) sent only \(progress(answer)) within \(time) and was given up")
    }

    private static func connection(_ code: Int32, _ label: String) -> HTTPFailure {
        switch code {
        case ECONNREFUSED:
            return HTTPFailure(
                kind: .refused, sentence: "\(label) refuses connections: nothing listens on that port")
        case EMFILE, ENFILE:
            return HTTPFailure(
                kind: .local,
                sentence: "\(label) could not be asked: too many open files; raise the limit with ulimit -n")
        case ENETUNREACH, ENETDOWN:
            return HTTPFailure(
                kind: .noNetwork,
                sentence:
                    "\(label) cannot be reached: this machine has no way to that network; is it connected?")
        case 0:
            return HTTPFailure(kind: .unreachable, sentence: "\(label) cannot be reached; is the machine on?")
        default:
            let words = String(cString: strerror(code))
            return HTTPFailure(
                kind: .unreachable,
                sentence: "\(label) cannot be reached: \(words); is the machine on?")
        }
    }

    /// "312 bytes", "312 of 2413 bytes".
    private static func progress(_ answer: ccurl_answer) -> String {
        if answer.promised > 0 { return "\(answer.body_received) of \(answer.promised) bytes" }
        return answer.received == 1 ? "1 byte" : "\(answer.received) bytes"
    }

    private static func size(_ bytes: Int) -> String {
        if bytes >= 1 << 20 { return "\(bytes >> 20) MB" }
        return bytes >= 1 << 10 ? "\(bytes >> 10) KB" : "\(bytes) bytes"
    }
}
