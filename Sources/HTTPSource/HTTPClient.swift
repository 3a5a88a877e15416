import CCurl
import CPosix
import Core
import Platform

/// Asks many hosts at once for their documents, over connections that stay open, in the program's one loop. It never
/// waits, and whatever a host does is bounded: time, bytes, redirects.
@MainActor
public final class HTTPClient {
    /// What an answer had to tell itself apart from the next by.
    public struct Validators: Equatable, Sendable {
        public var etag: String?
        public var lastModified: String?
    }

    public struct Request {
        public var address: HTTPAddress
        /// Of the answer that is already here: a host that has nothing newer says only so.
        public var validators = Validators()
        /// Nanoseconds until the connection stands, with the look-up of the name.
        public var connectTimeout: UInt64 = 2_000_000_000
        /// Nanoseconds until the last byte.
        public var timeout: UInt64 = 4_000_000_000
        /// Bytes of an answer, unpacked.
        public var bodyLimit = 4 << 20
        public var isCompressed = true

        public init(_ address: HTTPAddress) { self.address = address }
    }

    public enum Outcome {
        case document([UInt8])
        /// The answer that the request's validators belong to still holds.
        case unchanged
        case failure(TransportFailure)
    }

    public struct Answer {
        public let outcome: Outcome
        public var validators = Validators()
        /// 200, 304, 404, …; 0: no answer came.
        public var status = 0
        /// Bytes of HTTP on the wire.
        public var sent: UInt64 = 0
        public var received: UInt64 = 0
        /// Nanoseconds from the first request to the last byte.
        public var duration: UInt64 = 0
        /// The connection stood from before.
        public var isReused = false
    }

    private let loop: EventLoop
    private let client: OpaquePointer
    private let names: NameResolver
    private let timers: TimerQueue
    private let capacity: Int
    private var running = 0
    /// The most that were under way since memory was given back.
    private var peak = 0
    private var waiting: [HTTPExchange] = []

    /// For about so many servers, a server being a host and a port.
    public init(servers: Int, loop: EventLoop, timers: TimerQueue) throws(SystemError) {
        guard ccurl_load() == 0 else {
            throw SystemError("HTTP cannot be used: \(String(cString: ccurl_load_error()))")
        }
        let connections = Self.raiseFileLimit()
        capacity = min(connections, Self.mostAtOnce)
        guard let client = ccurl_open(UInt32(clamping: servers), connections) else {
            throw SystemError("HTTP cannot be used: \(String(cString: strerror(cposix_errno())))")
        }
        guard let names = NameResolver(loop: loop) else {
            ccurl_close(client)
            throw SystemError("names cannot be looked up: \(String(cString: strerror(cposix_errno())))")
        }
        self.loop = loop
        self.client = client
        self.names = names
        self.timers = timers
        loop.watch(ccurl_descriptor(client)) { [weak self] in self?.run() }
    }

    /// Closes all connections; requests under way never answer.
    public func close() {
        loop.unwatch(ccurl_descriptor(client))
        names.close()
        ccurl_close(client)
    }

    /// Answers once, later, unless it is cancelled.
    @discardableResult
    public func get(_ request: Request, then answer: @escaping @MainActor (Answer) -> Void) -> HTTPExchange {
        let exchange = HTTPExchange(request, started: loop.now, answer)
        if running < capacity { begin(exchange) } else { waiting.append(exchange) }
        return exchange
    }

    /// The name that the network has for an IP address, or nil; not before long where its name server is slow.
    public func name(of address: String, then: @escaping @MainActor (String?) -> Void) {
        names.name(of: address) { then(try? $0.get()) }
    }

    public func cancel(_ exchange: HTTPExchange) {
        guard !exchange.isOver else { return }
        if let transfer = exchange.transfer {
            ccurl_cancel(client, transfer)
            Unmanaged.passUnretained(exchange).release()
        }
        let isRunning = exchange.isRunning
        over(exchange)
        if !isRunning { waiting.removeAll { $0 === exchange } }
    }

    // MARK: - One exchange

    private func begin(_ exchange: HTTPExchange) {
        running += 1
        peak = max(peak, running)
        exchange.isRunning = true
        // Time that it has waited for its turn is not the host's.
        exchange.started = loop.now
        send(exchange)
    }

    private func send(_ exchange: HTTPExchange) {
        let address = exchange.target
        guard !address.isNumeric else { return transfer(exchange, resolve: nil) }
        timers.set(exchange, at: exchange.started + exchange.request.connectTimeout) { [weak self] in
            guard let self else { return }
            names.forget(exchange)
            fail(exchange, .nameTimeout(name: address.host, exchange.request.connectTimeout))
        }
        names.addresses(of: address.host, for: exchange) { [weak self] result in
            guard let self, !exchange.isOver else { return }
            timers.cancel(exchange)
            switch result {
            case .success(let addresses):
                transfer(exchange, resolve: "\(address.host):\(address.port):\(addresses)")
            case .failure(let failure):
                fail(exchange, .nameNotFound(name: address.host, reason: failure.sentence))
            }
        }
    }

    private func transfer(_ exchange: HTTPExchange, resolve: String?) {
        let request = exchange.request
        let spent = loop.now - exchange.started
        guard spent < request.timeout else { return fail(exchange, .late(request.timeout)) }
        var parts = ccurl_request()
        parts.compressed = request.isCompressed ? 1 : 0
        parts.connect_ms = Self.milliseconds(min(request.connectTimeout, request.timeout - spent))
        parts.total_ms = Self.milliseconds(request.timeout - spent)
        parts.body_limit = request.bodyLimit
        let context = Unmanaged.passRetained(exchange)
        exchange.client = self
        exchange.transfer = CStrings.with([
            exchange.target.url, resolve, Self.userAgent, request.validators.etag,
            request.validators.lastModified,
        ]) { texts in
            parts.url = texts[0]
            parts.resolve = texts[1]
            parts.user_agent = texts[2]
            parts.etag = texts[3]
            parts.last_modified = texts[4]
            return ccurl_start(client, &parts, { HTTPClient.finished($0, $1) }, context.toOpaque())
        }
        if exchange.transfer == nil {
            context.release()
            fail(exchange, .notAsked("out of memory"))
        }
    }

    private nonisolated static func finished(
        _ context: UnsafeMutableRawPointer?, _ answer: UnsafePointer<ccurl_answer>?
    ) {
        guard let context, let answer else { return }
        nonisolated(unsafe) let (result, owner) = (answer, context)
        MainActor.assumeIsolated {
            let exchange = Unmanaged<HTTPExchange>.fromOpaque(owner).takeRetainedValue()
            exchange.transfer = nil
            exchange.client?.receive(result.pointee, exchange)
        }
    }

    private func receive(_ answer: ccurl_answer, _ exchange: HTTPExchange) {
        exchange.sent += answer.sent
        exchange.received += answer.received
        if let location = answer.location, answer.outcome == Int32(CCURL_OK) {
            return follow(String(cString: location), exchange)
        }
        let outcome: Outcome
        if let failure = TransportFailure(answer, exchange.request) {
            outcome = .failure(failure)
        } else if answer.status == 304 {
            outcome = .unchanged
        } else {
            outcome = .document(Array(UnsafeBufferPointer(start: answer.body, count: answer.length)))
        }
        var result = exchange.answer(outcome, now: loop.now)
        result.status = Int(answer.status)
        result.isReused = answer.is_reused != 0
        result.validators = Validators(
            etag: answer.etag.map { String(cString: $0) },
            lastModified: answer.last_modified.map { String(cString: $0) })
        finish(exchange, result)
    }

    /// Redirects stay on their host: what a host says must not make this program ask another one.
    private func follow(_ location: String, _ exchange: HTTPExchange) {
        exchange.redirects += 1
        guard exchange.redirects <= Self.redirectLimit else {
            return fail(exchange, .redirectLoop(limit: Self.redirectLimit, target: location))
        }
        guard let next = try? HTTPAddress(location), next.host == exchange.request.address.host else {
            return fail(exchange, .redirectElsewhere(target: location))
        }
        exchange.target = next
        send(exchange)
    }

    /// Answers later, also where the failure is clear at once: a caller is never called back before its call returns.
    private func fail(_ exchange: HTTPExchange, _ kind: TransportFailure.Kind) {
        let failure = TransportFailure(kind, at: exchange.request.address.label)
        timers.set(exchange, at: loop.now) { [weak self] in
            guard let self else { return }
            finish(exchange, exchange.answer(.failure(failure), now: loop.now))
        }
    }

    private func finish(_ exchange: HTTPExchange, _ answer: Answer) {
        guard !exchange.isOver else { return }
        over(exchange)
        exchange.then(answer)
    }

    private func over(_ exchange: HTTPExchange) {
        exchange.isOver = true
        exchange.transfer = nil
        timers.cancel(exchange)
        names.forget(exchange)
        if exchange.isRunning {
            running -= 1
            while running < capacity, !waiting.isEmpty { begin(waiting.removeFirst()) }
            releaseMemory()
        }
    }

    /// The first time, all hosts are asked at once; what that took is not needed again.
    private func releaseMemory() {
        guard peak >= 64, running < peak / 4 else { return }
        peak = 0
        cposix_release_memory()
    }

    private func run() { ccurl_run(client) }

    // MARK: - Constants

    private static let userAgent = "cm-dashboard"
    private static let redirectLimit = 3
    /// Requests under way; each takes about 20 KB. Those beyond wait for their turn.
    private static let mostAtOnce = 512

    private static func milliseconds(_ nanoseconds: UInt64) -> UInt32 {
        UInt32(clamping: max(1, nanoseconds / 1_000_000))
    }

    /// A connection is a descriptor, and the usual limit of 1,024 of them is one for programs that use select(2).
    /// What is left of it for connections.
    private static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        let wanted = min(limit.rlim_max, 8192)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return max(16, Int(clamping: min(limit.rlim_cur, 8192)) - 256)
    }
}
