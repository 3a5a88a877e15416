import CCurl
import CPosix
import Platform

/// Resolves names to addresses in threads of their own and caches the result. Addresses found before stay in use
/// while the name server fails.
@MainActor
final class NameResolver {
    /// What a look-up found.
    struct Found: Equatable {
        /// Addresses in the form of `CURLOPT_RESOLVE`, or the name of an address.
        var text: String
        /// The interface of the link-local addresses among them; 0: there are none.
        var scope: UInt32 = 0
    }

    /// Why a look-up found nothing.
    struct Absence: Error {
        /// The resolver's own words.
        var reason: String
        /// Whether a name server denied the name. Otherwise no server could be asked.
        var isDenied = false
    }

    typealias Result = Swift.Result<Found, Absence>

    private struct Known {
        var found: Found
        /// The time of the last look-up that ended.
        var since: UInt64
        /// The time from which a request causes another look-up.
        var renewal: UInt64
        /// The number of look-ups in a row that denied the name.
        var denials = 0
    }

    private struct Waiter {
        let owner: ObjectIdentifier
        let then: @MainActor (Result) -> Void
    }

    private let loop: EventLoop
    private let resolver: OpaquePointer
    private var known: [String: Known] = [:]
    /// The reasons why names were not found by their last look-up.
    private(set) var absent: [String: Absence] = [:]
    /// The callers that wait for each name. A name is looked up once at a time, for all of them.
    private var waiters: [String: [Waiter]] = [:]
    private var names: [ObjectIdentifier: String] = [:]
    private var asked: Set<String> = []
    private var isHurrying = false

    /// Called when a name has lost an address, with those that it has now.
    var onLoss: (_ name: String, _ addresses: String) -> Void = { _, _ in }

    /// Nanoseconds after which a cached name is looked up again. The C library does not tell how long an answer is
    /// valid.
    private static let lifetime: UInt64 = 30_000_000_000
    /// Nanoseconds after which a name that was denied is looked up again.
    private static let verification: UInt64 = 5_000_000_000
    /// Nanoseconds after a look-up within which failed connections cause no further one.
    private static let leastPause: UInt64 = 900_000_000
    /// The number of denials in a row after which a name has no address. A single one may come from a machine that
    /// missed a question over multicast.
    private static let enoughDenials = 3
    /// Nanoseconds after which look-ups get more threads if all threads wait for name servers.
    private static let patience: UInt64 = 250_000_000

    init?(loop: EventLoop) {
        guard let resolver = ccurl_resolver_open() else { return nil }
        self.loop = loop
        self.resolver = resolver
        loop.watch(ccurl_resolver_descriptor(resolver)) { ccurl_resolver_run(resolver) }
    }

    /// Ends all callbacks. Running look-ups end with the program.
    func close() {
        loop.unwatch(ccurl_resolver_descriptor(resolver))
        loop.setTimer(self, at: nil) {}
        waiters = [:]
    }

    /// Passes the addresses of a name; at once if they are cached.
    func addresses(of name: String, for owner: AnyObject, then: @escaping @MainActor (Result) -> Void) {
        if let entry = known[name] {
            if loop.now >= entry.renewal { ask(name) }
            return then(.success(entry.found))
        }
        names[ObjectIdentifier(owner)] = name
        waiters[name, default: []].append(Waiter(owner: ObjectIdentifier(owner), then: then))
        ask(name)
    }

    /// Returns the cached addresses of a name; nil: there are none.
    func found(_ name: String) -> Found? { known[name]?.found }

    /// Looks up a name again, since a connection to its cached addresses has failed.
    func doubt(_ name: String) {
        guard let entry = known[name], loop.now - entry.since >= Self.leastPause else { return }
        ask(name)
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
        switch result {
        case .success(let found):
            let old = known[name]?.found
            known[name] = Known(found: found, since: loop.now, renewal: loop.now + Self.lifetime)
            absent[name] = nil
            if let old, Self.hasLost(old, found) { onLoss(name, found.text) }
        case .failure(let absence):
            absent[name] = absence
            endure(absence, of: name)
        }
        for waiter in waiters.removeValue(forKey: name) ?? [] {
            names[waiter.owner] = nil
            waiter.then(result)
        }
    }

    /// Keeps the cached addresses of a name that was not found, unless name servers keep denying it.
    private func endure(_ absence: Absence, of name: String) {
        guard var entry = known[name] else { return }
        entry.denials = absence.isDenied ? entry.denials + 1 : 0
        entry.since = loop.now
        // Delays the next look-up, which would otherwise follow each request.
        entry.renewal = loop.now + (absence.isDenied ? Self.verification : Self.lifetime)
        known[name] = entry.denials < Self.enoughDenials ? entry : nil
        if entry.denials >= Self.enoughDenials { onLoss(name, "") }
    }

    private static func hasLost(_ old: Found, _ new: Found) -> Bool {
        guard old != new else { return false }
        let comma = UInt8(ascii: ",")
        let now = new.text.utf8.split(separator: comma).map(Array.init)
        return old.scope != new.scope && old.scope != 0
            || old.text.utf8.split(separator: comma).contains { !now.contains(Array($0)) }
    }

    private func start(
        _ what: Int, _ name: String, _ then: @escaping @MainActor (Result) -> Void
    ) {
        let context = Unmanaged.passRetained(Question(then))
        // A name that was found before must not wait behind names that take a name server's whole patience.
        let isDoubtful = absent[name] != nil && known[name] == nil
        let code = ccurl_resolve(
            resolver, Int32(what), name, isDoubtful ? 1 : 0, { NameResolver.resolved($0, $1) },
            context.toOpaque())
        if code != 0 {
            context.release()
            then(.failure(Absence(reason: "no thread can be started")))
        } else if !isHurrying {
            isHurrying = true
            hurryLater()
        }
    }

    private func hurryLater() {
        loop.setTimer(self, at: loop.now + Self.patience) { [weak self] in
            guard let self else { return }
            isHurrying = ccurl_resolver_hurry(resolver) != 0
            if isHurrying { hurryLater() }
        }
    }

    private final class Question {
        let then: @MainActor (Result) -> Void
        init(_ then: @escaping @MainActor (Result) -> Void) { self.then = then }
    }

    private nonisolated static func resolved(
        _ context: UnsafeMutableRawPointer?, _ found: UnsafePointer<ccurl_found>?
    ) {
        guard let context, let found = found?.pointee else { return }
        let result: Result
        if let text = found.text {
            result = .success(Found(text: String(cString: text), scope: found.scope))
        } else {
            let words = found.words.map { String(cString: $0) } ?? ""
            result = .failure(Absence(reason: words, isDenied: found.is_denied != 0))
        }
        nonisolated(unsafe) let owner = context
        let answer = result
        MainActor.assumeIsolated {
            Unmanaged<Question>.fromOpaque(owner).takeRetainedValue().then(answer)
        }
    }
}
