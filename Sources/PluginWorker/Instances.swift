import ContractEmbedded
import PluginRuntime

/// The instances of the plugin by widget. Widgets that are fed documents only share one instance if the plugin
/// declares that it keeps nothing of a document (`CM_INGEST_STATELESS`), so that a thousand hosts need one
/// instance.
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
    /// Bounds the search for an instance with the same options, which costs more than it saves where every host has
    /// different ones.
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
        guard request.readsDocuments, library.isStateless else {
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

    /// Removes a widget, and destroys its instance unless other widgets share it.
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
