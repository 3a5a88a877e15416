import CCurl
import CPosix
import Core
import Platform

/// An HTTP client for many hosts at once, with persistent connections, driven by the event loop. No call blocks. The
/// time, the size and the redirects of each request are limited. Used on the main thread only.
@MainActor
public final class HTTPClient {
    /// The headers of an answer by which the next request can ask for a newer one only.
    public struct Validators: Equatable, Sendable {
        /// The header `ETag`; nil: there is none.
        public var etag: String?
        /// The header `Last-Modified`; nil: there is none.
        public var lastModified: String?
    }

    /// A GET request with its limits.
    public struct Request {
        /// The URL to request.
        public var address: HTTPAddress
        /// The validators of the answer that the caller has. A host without a newer one answers
        /// ``Outcome/unchanged``.
        public var validators = Validators()
        /// Nanoseconds until the connection must be established, including name resolution.
        public var connectTimeout: UInt64 = 2_000_000_000
        /// Nanoseconds until the last byte must have arrived.
        public var timeout: UInt64 = 4_000_000_000
        /// The largest accepted body in bytes, after decompression.
        public var bodyLimit = 4 << 20
        /// Whether a compressed answer is accepted.
        public var isCompressed = true

        /// Creates a request with the default limits.
        public init(_ address: HTTPAddress) { self.address = address }
    }

    /// The result of a request.
    public enum Outcome {
        case document([UInt8])
        /// The answer that the validators belong to is still valid.
        case unchanged
        case failure(TransportFailure)
    }

    /// The answer to a request, with measurements.
    public struct Answer {
        /// The document, or why there is none.
        public let outcome: Outcome
        /// The validators of this answer, for the next request.
        public var validators = Validators()
        /// The HTTP status, such as 200, 304 or 404; 0: no answer arrived.
        public var status = 0
        /// Bytes sent, headers included.
        public var sent: UInt64 = 0
        /// Bytes received, headers included.
        public var received: UInt64 = 0
        /// Nanoseconds from the start of the request to the last byte, redirects included.
        public var duration: UInt64 = 0
        /// Whether an existing connection was used.
        public var isReused = false
        /// Nanoseconds after which the host wants to be asked again; nil: it has not said.
        public var retryAfter: UInt64?
        /// The time by the host's own clock, in Unix nanoseconds; nil: it has not said.
        public var date: Int64?
    }

    private let loop: EventLoop
    private let client: OpaquePointer
    private let names: NameResolver
    private let timers: TimerQueue
    private let capacity: Int
    private var running = 0
    /// The largest number of running requests since memory was last released.
    private var peak = 0
    private var waiting: [HTTPExchange] = []

    /// Creates a client; it retains the loop and the timers.
    ///
    /// - Parameter servers: The expected number of servers, pairs of host and port.
    /// - Throws: ``SystemError`` when libcurl or name resolution is not available.
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
        names.onLoss = { ccurl_keep_addresses(client, $0, $1) }
    }

    /// Closes all connections. Running requests are not answered.
    public func close() {
        loop.unwatch(ccurl_descriptor(client))
        names.close()
        ccurl_close(client)
    }

    /// Starts a request. `answer` is called once, after this call has returned, unless the exchange is cancelled. The
    /// client retains the exchange until then.
    @discardableResult
    public func get(_ request: Request, then answer: @escaping @MainActor (Answer) -> Void) -> HTTPExchange {
        let exchange = HTTPExchange(request, started: loop.now, answer)
        // What waits for a name takes no place of what can be asked.
        if exchange.target.isNumeric { enqueue(exchange) } else { resolve(exchange) }
        return exchange
    }

    /// Looks up the name of an IP address, and passes nil when there is none. The answer of a slow name server can
    /// take long.
    public func name(of address: String, then: @escaping @MainActor (String?) -> Void) {
        names.name(of: address) { then((try? $0.get())?.text) }
    }

    /// Cancels a request, which is then not answered; without effect on one that has been.
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

    // MARK: - Exchanges

    private func enqueue(_ exchange: HTTPExchange) {
        if running < capacity { begin(exchange) } else { waiting.append(exchange) }
    }

    private func begin(_ exchange: HTTPExchange) {
        running += 1
        peak = max(peak, running)
        exchange.isRunning = true
        // The time in the queue does not count against the host.
        exchange.started = loop.now
        transfer(exchange)
    }

    /// Looks up the name of the target, and continues the exchange.
    private func resolve(_ exchange: HTTPExchange) {
        let name = exchange.target.host
        timers.set(exchange, at: loop.now + exchange.request.connectTimeout) { [weak self] in
            guard let self else { return }
            names.forget(exchange)
            // A name server that is silent again has not found a name that it did not find before.
            if let absence = names.absent[name] {
                fail(exchange, .nameNotFound(name: name, reason: absence.reason))
            } else {
                fail(exchange, .nameTimeout(name: name, exchange.request.connectTimeout))
            }
        }
        names.addresses(of: name, for: exchange) { [weak self] result in
            guard let self, !exchange.isOver else { return }
            timers.cancel(exchange)
            switch result {
            case .success(let found):
                exchange.found = found
                if exchange.isRunning { transfer(exchange) } else { enqueue(exchange) }
            case .failure(let absence):
                fail(exchange, .nameNotFound(name: name, reason: absence.reason))
            }
        }
    }

    private func transfer(_ exchange: HTTPExchange) {
        let request = exchange.request
        let spent = loop.now - exchange.started
        guard spent < request.timeout else { return fail(exchange, .late(request.timeout)) }
        var parts = ccurl_request()
        parts.compressed = request.isCompressed ? 1 : 0
        parts.connect_ms = Self.milliseconds(min(request.connectTimeout, request.timeout - spent))
        parts.total_ms = Self.milliseconds(request.timeout - spent)
        parts.body_limit = request.bodyLimit
        parts.scope = exchange.found?.scope ?? 0
        let context = Unmanaged.passRetained(exchange)
        exchange.client = self
        exchange.transfer = CStrings.with([
            exchange.target.url, exchange.addresses, Self.userAgent, request.validators.etag,
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
        forgetFormerAddresses(exchange)
        if let location = answer.location, answer.outcome == Int32(CCURL_OK) {
            return follow(String(cString: location), exchange)
        }
        let outcome: Outcome
        if let failure = TransportFailure(answer, exchange) {
            // The address may be that of another machine by now.
            if !exchange.target.isNumeric { names.doubt(exchange.target.host) }
            outcome = .failure(failure)
        } else if answer.status == 304 {
            outcome = .unchanged
        } else {
            outcome = .document(Array(UnsafeBufferPointer(start: answer.body, count: answer.length)))
        }
        var result = exchange.answer(outcome, now: loop.now)
        result.status = Int(answer.status)
        result.isReused = answer.is_reused != 0
        if answer.retry_after >= 0 {
            result.retryAfter = UInt64(min(answer.retry_after, 1_000_000_000)) * 1_000_000_000
        }
        // Far beyond any clock, and well within 64 bits.
        if (0..<9_000_000_000).contains(answer.date) { result.date = answer.date * 1_000_000_000 }
        result.validators = Validators(
            etag: answer.etag.map { String(cString: $0) },
            lastModified: answer.last_modified.map { String(cString: $0) })
        finish(exchange, result)
    }

    /// Drops a connection that was opened after its address had been lost, by a request from before.
    private func forgetFormerAddresses(_ exchange: HTTPExchange) {
        guard let former = exchange.found else { return }
        let name = exchange.target.host
        guard let current = names.found(name), current != former else { return }
        ccurl_keep_addresses(client, name, current.text)
    }

    /// Follows a redirect on the same host only, so that one host's answer cannot make this program contact another.
    private func follow(_ location: String, _ exchange: HTTPExchange) {
        exchange.redirects += 1
        guard exchange.redirects <= Self.redirectLimit else {
            return fail(exchange, .redirectLoop(limit: Self.redirectLimit, target: location))
        }
        guard let next = try? HTTPAddress(location), next.isSameHost(as: exchange.request.address) else {
            return fail(exchange, .redirectElsewhere(target: location))
        }
        exchange.target = next
        if next.isNumeric { transfer(exchange) } else { resolve(exchange) }
    }

    /// Answers with a failure in a later turn of the loop: a caller is never called back before its call returns.
    private func fail(_ exchange: HTTPExchange, _ kind: TransportFailure.Kind) {
        let failure = exchange.failure(kind)
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

    /// Returns memory to the system after a burst, as at the start, when all hosts are requested at once.
    private func releaseMemory() {
        guard peak >= 64, running < peak / 4 else { return }
        peak = 0
        cposix_release_memory()
    }

    private func run() { ccurl_run(client) }

    // MARK: - Constants

    private static let userAgent = "cm-dashboard"
    private static let redirectLimit = 3
    /// The number of requests that run at once, each with about 20 KB. Further ones are queued.
    private static let mostAtOnce = 512

    private static func milliseconds(_ nanoseconds: UInt64) -> UInt32 {
        UInt32(clamping: max(1, nanoseconds / 1_000_000))
    }

    /// Raises the limit of file descriptors, since each connection needs one and the usual limit of 1,024 only serves
    /// programs that use select(2). Returns the number of descriptors that remain for connections.
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
