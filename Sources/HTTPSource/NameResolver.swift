import CCurl
import CPosix
import Platform

/// Resolves names to addresses in threads of their own and caches the result. Addresses found before stay in use
/// while the name server fails.
@MainActor
final class NameResolver {
    typealias Result = Swift.Result<String, SystemError>

    private struct Known {
        var addresses: String
        var since: UInt64
    }

    private struct Waiter {
        let owner: ObjectIdentifier
        let then: @MainActor (Result) -> Void
    }

    private let loop: EventLoop
    private let resolver: OpaquePointer
    private var known: [String: Known] = [:]
    /// The callers that wait for each name. A name is looked up once at a time, for all of them.
    private var waiters: [String: [Waiter]] = [:]
    private var names: [ObjectIdentifier: String] = [:]
    private var asked: Set<String> = []

    /// Nanoseconds after which a cached name is looked up again.
    private static let lifetime: UInt64 = 60_000_000_000

    init?(loop: EventLoop) {
        guard let resolver = ccurl_resolver_open() else { return nil }
        self.loop = loop
        self.resolver = resolver
        loop.watch(ccurl_resolver_descriptor(resolver)) { ccurl_resolver_run(resolver) }
    }

    /// Ends all callbacks. Running look-ups end with the program.
    func close() {
        loop.unwatch(ccurl_resolver_descriptor(resolver))
        waiters = [:]
    }

    /// Passes the addresses of a name in the form of `CURLOPT_RESOLVE`; at once if they are cached.
    func addresses(of name: String, for owner: AnyObject, then: @escaping @MainActor (Result) -> Void) {
        if let entry = known[name] {
            if loop.now - entry.since >= Self.lifetime { ask(name) }
            return then(.success(entry.addresses))
        }
        names[ObjectIdentifier(owner)] = name
        waiters[name, default: []].append(Waiter(owner: ObjectIdentifier(owner), then: then))
        if waiters[name]?.count == 1 { ask(name) }
    }

    /// Ends the waiting of an owner.
    func forget(_ owner: AnyObject) {
        guard let name = names.removeValue(forKey: ObjectIdentifier(owner)) else { return }
        waiters[name]?.removeAll { $0.owner == ObjectIdentifier(owner) }
    }

    /// Looks up the name of an address.
    func name(of address: String, then: @escaping @MainActor (Result) -> Void) {
        start(CCURL_NAME_OF, address, then)
    }

    private func ask(_ name: String) {
        // A look-up without remaining callers may still be running.
        guard asked.insert(name).inserted else { return }
        start(CCURL_ADDRESSES_OF, name) { [weak self] result in self?.learn(name, result) }
    }

    private func learn(_ name: String, _ result: Result) {
        asked.remove(name)
        if case .success(let addresses) = result {
            known[name] = Known(addresses: addresses, since: loop.now)
        } else {
            // Delays the next look-up, which would otherwise follow each request.
            known[name]?.since = loop.now
        }
        for waiter in waiters.removeValue(forKey: name) ?? [] {
            names[waiter.owner] = nil
            waiter.then(result)
        }
    }

    private func start(
        _ what: Int, _ name: String, _ then: @escaping @MainActor (Result) -> Void
    ) {
        let context = Unmanaged.passRetained(Question(then))
        let code = ccurl_resolve(
            resolver, Int32(what), name, { NameResolver.resolved($0, $1, $2) }, context.toOpaque())
        if code != 0 {
            context.release()
            then(.failure(SystemError("no thread can be started")))
        }
    }

    private final class Question {
        let then: @MainActor (Result) -> Void
        init(_ then: @escaping @MainActor (Result) -> Void) { self.then = then }
    }

    private nonisolated static func resolved(
        _ context: UnsafeMutableRawPointer?, _ found: UnsafePointer<CChar>?, _ words: UnsafePointer<CChar>?
    ) {
        guard let context else { return }
        let found = found.map { String(cString: $0) }
        let words = words.map { String(cString: $0) } ?? ""
        nonisolated(unsafe) let owner = context
        MainActor.assumeIsolated {
            let question = Unmanaged<Question>.fromOpaque(owner).takeRetainedValue()
            question.then(found.map { .success($0) } ?? .failure(SystemError(words)))
        }
    }
}
