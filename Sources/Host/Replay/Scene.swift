import Core
import Engine

/// A dashboard with what the keys have made of it: the present, or a moment of the past beside it.
@MainActor
final class Scene {
    let dashboard: Dashboard
    let controls: Controls

    /// Creates a scene; its controls get the size of the terminal when it is entered.
    init(_ dashboard: Dashboard, files: any LayoutChoice, layoutOf: @escaping (String?) -> LayoutSource?) {
        self.dashboard = dashboard
        controls = Controls(dashboard, files: files, size: Size(80, 24), layoutOf: layoutOf)
    }

    /// Ends its engine.
    func stop() {
        dashboard.replay?.stop()
        dashboard.engine.stop()
    }
}

/// Makes the scenes of a session. Both are started when they are made.
@MainActor
protocol SceneMaker: AnyObject {
    /// The present.
    func present() -> Scene
    /// The past as of the present moment, beside the scene of the present.
    func past(beside present: Scene) throws(PastError) -> Scene
}

/// The scene that the terminal shows, and the way from the present into the past and back. The present goes on behind the
/// past, with everything as it was.
@MainActor
final class Scenes {
    private(set) var current: Scene
    private var present: Scene?
    private let maker: any SceneMaker

    /// Creates the scenes of a session that begins with one of them.
    init(_ first: Scene, maker: any SceneMaker) {
        current = first
        present = first.dashboard.replay == nil ? first : nil
        self.maker = maker
    }

    /// Goes from the present into the past, or back.
    func turn() throws(PastError) {
        if current.dashboard.replay == nil {
            current = try maker.past(beside: current)
        } else {
            current.stop()
            current = present ?? maker.present()
            present = current
        }
    }

    /// Ends all engines.
    func stop() {
        current.stop()
        if let present, present !== current { present.stop() }
    }
}
