import Contract
import Core

/// A cell of the layout's grid, with its picture and the state of its table.
@MainActor
protocol Panel: AnyObject {
    var configuration: WidgetConfiguration { get }
    /// The host that it shows; nil: all hosts.
    var host: String? { get }
    var icon: String { get }
    var title: String { get }
    /// The status on the frame; `auto` if everything is in maintenance or nothing has a status.
    var status: Status { get }
    /// The age of its values in nanoseconds if they are older than they should be; nil: they are not.
    var staleness: Int64? { get }
    /// The picture; nil: there is none.
    var picture: [DrawOperation]? { get }
    /// Whether it shows only remarks.
    var isEmpty: Bool { get }
    /// Whether one of its values is in warning or critical, so that the picture tells the reason of its status.
    var hasBadValue: Bool { get }
    /// Whether the machine has nothing that it could show, such as a graphics card.
    var isAbsent: Bool { get }
    /// Whether this panel states why the host does not answer, as one of several panels of that host.
    var speaksForHost: Bool { get set }
    /// Whether its values are missing because the host does not answer.
    var missesHost: Bool { get }
    /// The remarks of the program below the picture.
    var remarks: [Remark] { get }
    var table: TableState { get set }
    /// Whether all values and pictures have arrived.
    var isSettled: Bool { get }

    /// Whether a plugin makes its picture, which takes a while: it is asked as soon as something has changed.
    var isDrawnByPlugin: Bool { get }

    /// Updates it for a size, and requests a picture from the plugin where that is needed.
    func prepare(_ drawing: Drawing)
}

/// The size and the appearance that a panel is drawn for.
struct Drawing: Equatable {
    var size = Size(0, 0)
    var isZoomed = false
}

/// A sentence in a panel.
struct Remark {
    let sentence: String
    let role: Role
}
