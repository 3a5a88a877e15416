import CCurl
import CPosix
import Platform

/// Addresses of names, looked up beside the loop, and remembered: a name server that fails takes no host away that was
/// found before.
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
    /// Who waits for a name that is being looked up: it is, once, however many ask.
    private var waiters: [String: [Waiter]] = [:]
    private var names: [ObjectIdentifier: String] = [:]
    private var asked: Set<String> = []

    /// So long an address holds before the name is looked up again.
    private static let lifetime: UInt64 = 60_000_000_000

    init?(loop: EventLoop) {
        guard let resolver = ccurl_resolver_open() else { return nil }
        self.loop = loop
        self.resolver = resolver
        loop.watch(ccurl_resolver_descriptor(resolver)) { ccurl_resolver_run(resolver) }
    }

    /// Nothing answers any more. What threads are at is theirs until the program ends.
    func close() {
        loop.unwatch(ccurl_resolver_descriptor(resolver))
        waiters = [:]
    }

    /// Addresses as `CURLOPT_RESOLVE` has them; at once where they are known.
    func addresses(of name: String, for owner: AnyObject, then: @escaping @MainActor (Result) -> Void) {
        if let entry = known[name] {
            if loop.now - entry.since >= Self.lifetime { ask(name) }
            return then(.success(entry.addresses))
        }
        names[ObjectIdentifier(owner)] = name
        waiters[name, default: []].append(Waiter(owner: ObjectIdentifier(owner), then: then))
        if waiters[name]?.count == 1 { ask(name) }
    }

    /// That one does not wait any longer.
    func forget(_ owner: AnyObject) {
        guard let name = names.removeValue(forKey: ObjectIdentifier(owner)) else { return }
        waiters[name]?.removeAll { $0.owner == ObjectIdentifier(owner) }
    }

    /// The name of an address, as its network's name server has it.
    func name(of address: String, then: @escaping @MainActor (Result) -> Void) {
        start(CCURL_NAME_OF, address, then)
    }

    private func ask(_ name: String) {
        // A look-up that nobody waits for any longer still runs.
        guard asked.insert(name).inserted else { return }
        start(CCURL_ADDRESSES_OF, name) { [weak self] result in self?.learn(name, result) }
    }

    private func learn(_ name: String, _ result: Result) {
        asked.remove(name)
        if case .success(let addresses) = result {
            known[name] = Known(addresses: addresses, since: loop.now)
        } else {
            // Not to be asked again at once, which would be every time.
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
