import ContractEmbedded
import PluginRuntime

/// The instances of the plugin by the widgets that they serve. Widgets that are only given documents share one where the
/// plugin says that it keeps nothing of them: a thousand hosts are then one instance.
struct Instances {
    private final class Shared {
        let request: CreateRequest
        let instance: Instance
        var users = 0

        init(_ request: CreateRequest, _ instance: Instance) {
            self.request = request
            self.instance = instance
        }
    }

    private enum Place {
        case own(Instance)
        case shared(Shared)
    }

    private var places: [UInt32: Place] = [:]
    private var shared: [Shared] = []
    /// Where each host has options of its own, looking for the same costs more than it saves.
    private static let mostShared = 32

    subscript(id: UInt32) -> Instance? {
        switch places[id] {
        case .own(let instance): instance
        case .shared(let shared): shared.instance
        case nil: nil
        }
    }

    mutating func create(
        _ id: UInt32, of library: Library, _ request: CreateRequest, log: @escaping (UInt8, String) -> Void
    ) throws(Instance.CreateError) {
        guard request.isFed, library.isStateless else {
            places[id] = .own(try Instance(of: library, request, log: log))
            return
        }
        var request = request
        request.host = ""
        let place: Shared
        if let known = shared.first(where: { $0.request == request }) {
            place = known
        } else {
            place = Shared(request, try Instance(of: library, request, log: log))
            if shared.count < Self.mostShared { shared.append(place) }
        }
        place.users += 1
        places[id] = .shared(place)
    }

    /// Ends the plugin's instance with the last widget that it serves.
    mutating func destroy(_ id: UInt32) {
        switch places.removeValue(forKey: id) {
        case .own(let instance): instance.destroy()
        case .shared(let place):
            place.users -= 1
            guard place.users == 0 else { return }
            shared.removeAll { $0 === place }
            place.instance.destroy()
        case nil: break
        }
    }
}
