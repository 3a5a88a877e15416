/// Why a request to a host brought no document, as facts.
public struct TransportFailure: Error, Equatable, Sendable {
    /// The number of bytes of an answer that have arrived.
    public struct Progress: Equatable, Sendable {
        /// Bytes that have arrived.
        public var received: UInt64
        /// The length of the whole answer in bytes; 0: the host has not given it.
        public var promised: UInt64

        /// Creates a progress of so many bytes.
        public init(received: UInt64, promised: UInt64) {
            self.received = received
            self.promised = promised
        }
    }

    /// What has happened. Durations are in nanoseconds, sizes in bytes.
    public enum Kind: Equatable, Sendable {
        /// The name has no address; the resolver's reason.
        case nameNotFound(name: String, reason: String)
        /// The name server has not answered in time.
        case nameTimeout(name: String, UInt64)
        /// What stands for the host is no address.
        case badAddress(String)
        /// Nothing listens on the port.
        case refused
        /// The connection failed; the system's reason, or nil.
        case unreachable(String?)
        /// The connection did not stand in time.
        case noConnection(UInt64)
        /// This machine has no way to that network.
        case noNetwork
        /// This machine has no network interface of that name, which the address names.
        case noInterface(String)
        /// The host accepted the connection and sent nothing in time.
        case silent(UInt64)
        /// The whole answer did not arrive in time.
        case slow(Progress, UInt64)
        /// The document did not arrive in time over all redirects.
        case late(UInt64)
        /// The host closed or reset the connection before its answer.
        case closed(isReset: Bool)
        /// The host closed the connection amid its answer.
        case brokenOff(Progress)
        /// The headers are larger than the limit.
        case tooManyHeaders
        /// The body unpacks to more than the limit.
        case unpacksTooLarge(received: UInt64, limit: Int)
        /// The body is larger than the limit.
        case tooLarge(limit: Int)
        /// More redirects than allowed; the last target.
        case redirectLoop(limit: Int, target: String)
        /// A redirect to another host.
        case redirectElsewhere(target: String)
        /// An HTTP status other than 200; its reason phrase, and the path that was asked for.
        case status(Int, reason: String, path: String)
        /// The host asks to be asked again later; its HTTP status and reason phrase.
        case busy(Int, reason: String)
        /// The answer is no HTTP.
        case notHTTP
        /// The body cannot be unpacked.
        case badEncoding
        /// The certificate is not trusted; why.
        case badCertificate(String)
        /// This process has no more file descriptors.
        case tooManyFiles
        /// This process could not ask; why.
        case notAsked(String)
    }

    /// "srv01:6127"; the host alone where its name was not found.
    public var place: String
    /// What has happened.
    public var kind: Kind
    /// The URL that the host has redirected to, and where it has happened; nil: there was no redirect.
    public var target: String?

    /// Creates a failure at a place.
    public init(_ kind: Kind, at place: String, redirectedTo target: String? = nil) {
        self.kind = kind
        self.place = place
        self.target = target
    }

    /// The HTTP status; 0: no whole answer came.
    public var status: Int {
        switch kind {
        case .status(let status, _, _), .busy(let status, _): status
        default: 0
        }
    }

    /// Whether the host is there: something of it has answered, if not as it should.
    public var isAnswer: Bool { target != nil || kind.isAnswer }

    /// Whether the host may be back any moment. Otherwise it has answered, and will answer the same.
    public var isPassing: Bool {
        if case .status(let status, _, _) = kind { status >= 500 } else { !kind.isAnswer }
    }

    /// Whether the host wants to be asked later.
    public var isBusy: Bool { if case .busy = kind { true } else { false } }

    /// Whether nothing has been asked yet, since a name server has not told the address.
    public var isLookUp: Bool { if case .nameTimeout = kind { true } else { false } }
}

extension TransportFailure.Kind {
    /// Whether it is about an answer that has come.
    fileprivate var isAnswer: Bool {
        switch self {
        case .tooManyHeaders, .unpacksTooLarge, .tooLarge, .redirectLoop, .redirectElsewhere, .status, .busy,
            .notHTTP, .badEncoding, .badCertificate:
            true
        default: false
        }
    }

    /// One word for programs.
    public var name: String {
        switch self {
        case .nameNotFound, .nameTimeout, .badAddress: "name"
        case .refused: "refused"
        case .unreachable, .noConnection: "unreachable"
        case .noNetwork, .noInterface: "noNetwork"
        case .silent: "silent"
        case .slow, .late: "slow"
        case .closed, .brokenOff: "broken"
        case .tooManyHeaders, .unpacksTooLarge, .tooLarge: "tooLarge"
        case .redirectLoop, .redirectElsewhere: "redirect"
        case .status: "status"
        case .busy: "busy"
        case .notHTTP: "notHTTP"
        case .badEncoding: "encoding"
        case .badCertificate: "certificate"
        case .tooManyFiles, .notAsked: "local"
        }
    }

    /// The sentence about it, without the place that it begins with.
    public var words: String {
        switch self {
        case .nameNotFound, .nameTimeout, .badAddress: nameWords
        case .refused, .unreachable, .noConnection, .noNetwork, .noInterface, .silent, .slow, .late, .closed,
            .brokenOff:
            connectionWords
        case .status(let status, let reason, let path): Self.statusWords(status, reason, path)
        case .busy(let status, let reason): "is busy and " + Self.statusWords(status, reason, "")
        default: answerWords
        }
    }

    private var nameWords: String {
        switch self {
        case .nameNotFound(let name, let reason):
            "the name \(Problem.printable(name)) was not found: \(reason); check it, or give an IP address"
        case .nameTimeout(let name, let time):
            "the name \(Problem.printable(name)) was not found within \(Self.time(time)); is the name server "
                + "reachable? An IP address needs none"
        case .badAddress(let host): "\(host) is no address that can be used"
        default: ""
        }
    }

    private var connectionWords: String {
        switch self {
        case .refused: "refuses connections: nothing listens on that port"
        case .unreachable(nil): "cannot be reached; is the machine on?"
        case .unreachable(let reason?): "cannot be reached: \(reason); is the machine on?"
        case .noConnection(let time):
            "accepted no connection within \(Self.time(time)); is the machine on, and lets its "
                + "firewall through to that port?"
        case .noNetwork: "cannot be reached: this machine has no way to that network; is it connected?"
        case .noInterface(let name):
            "cannot be reached: this machine has no network interface \(Problem.quoted(name)); the addresses of "
                + "this machine name those that it has"
        case .silent(let time):
            "accepted the connection and answered nothing within \(Self.time(time)); is what serves it hung?"
        case .slow(let progress, let time):
            "sent only \(Self.text(progress)) within \(Self.time(time)) and was given up"
        case .late(let time): "gave no document within \(Self.time(time))"
        case .closed(let isReset): "\(isReset ? "reset" : "closed") the connection without an answer"
        case .brokenOff(let progress):
            "broke off its answer after \(Self.text(progress)); see the log of what serves it"
        default: ""
        }
    }

    private var answerWords: String {
        switch self {
        case .tooManyHeaders: "sends over 64 KB of headers and was cut off"
        case .unpacksTooLarge(let received, let limit):
            "sends \(Self.size(Int(clamping: received))) that unpack to more "
                + "than \(Self.size(limit)), and was cut off; does something else answer there?"
        case .tooLarge(let limit):
            "sends more than \(Self.size(limit)), which no document has, and was cut off; does something "
                + "else answer there?"
        case .redirectLoop(let limit, let target):
            "redirects more than \(limit) times, last to \(Problem.quoted(target))"
        case .redirectElsewhere(let target):
            "redirects to \(Problem.quoted(Self.withoutUser(target))), which is no address of this host that can be "
                + "followed; give the address of the API itself"
        case .notHTTP: "does not speak HTTP; is another service on that port?"
        case .badEncoding: "sends a packed answer that cannot be unpacked"
        case .badCertificate(let why): "cannot be trusted: \(why); check its certificate, or use http"
        case .tooManyFiles:
            "could not be asked: too many open files; raise the limit with ulimit -n"
        case .notAsked(let why): "could not be asked: \(why)"
        default: ""
        }
    }

    /// Returns an address without the name and the password of a user.
    private static func withoutUser(_ target: String) -> String {
        let bytes = Array(target.utf8)
        guard let slashes = bytes.firstRange(of: Array("://".utf8)) else { return target }
        let end =
            bytes[slashes.upperBound...].firstIndex { [0x2f, 0x3f, 0x23].contains($0) } ?? bytes.endIndex
        guard let at = bytes[slashes.upperBound..<end].lastIndex(of: UInt8(ascii: "@")) else { return target }
        return String(decoding: bytes[..<slashes.upperBound] + bytes[(at + 1)...], as: UTF8.self)
    }

    private static func statusWords(_ status: Int, _ reason: String, _ path: String) -> String {
        let shown = Problem.printable(reason)
        let remedy =
            switch status {
            case 404, 410: "; check the path \(Problem.printable(path))"
            case 401, 403: "; it asks for rights that this program does not have"
            case 503 where path.isEmpty: ""
            case 500...599: "; see the log of what serves it"
            default: ""
            }
        return "answers \(shown.isEmpty ? "\(status)" : "\(status) \(shown)")\(remedy)"
    }

    private static func time(_ nanoseconds: UInt64) -> String { DurationText.exact(nanoseconds: nanoseconds) }

    /// "312 bytes", "312 of 2413 bytes".
    private static func text(_ progress: TransportFailure.Progress) -> String {
        if progress.promised > 0 { return "\(progress.received) of \(progress.promised) bytes" }
        return progress.received == 1 ? "1 byte" : "\(progress.received) bytes"
    }

    private static func size(_ bytes: Int) -> String {
        if bytes >= 1 << 20 { return "\(bytes >> 20) MB" }
        return bytes >= 1 << 10 ? "\(bytes >> 10) KB" : "\(bytes) bytes"
    }
}
