import PluginKit

/// Collects what a reader of a document has to say beside its values: fields that cannot be true, contradictions, and
/// what the host itself complains of. All of it becomes the one note that a snapshot can have.
public final class DocumentRemarks {
    private var remarks: [(status: Status, sentence: String)] = []
    private var firstField: String?
    /// The number of fields whose value was left out.
    public private(set) var fieldCount = 0

    /// The number of bytes from which on further sentences are counted and not cited.
    private static let room = 1000
    /// The largest number of sentences that are kept.
    private static let most = 64

    /// Creates a collector without remarks.
    public init() {}

    /// Adds a sentence with the status that it gives the whole snapshot.
    public func add(_ status: Status, _ sentence: String) {
        if remarks.count < Self.most { remarks.append((status, sentence)) }
    }

    /// Adds a sentence about a field whose value is left out. Of these the first is cited and the others are counted.
    public func addField(_ sentence: String) {
        if firstField == nil { firstField = sentence }
        fieldCount += 1
    }

    /// All remarks in one sentence, the worst first, and the worst status; nil: there is none. A field that was left
    /// out makes the snapshot at least `unknown`.
    public var note: (status: Status, sentence: String)? {
        var all = remarks
        if let field { all.append((.unknown, field)) }
        guard !all.isEmpty else { return nil }
        var sentence = ""
        var (worst, left) = (Status.auto, 0)
        for wanted in [Status.critical, .warning, .unknown, .ok, .auto] {
            for remark in all where remark.status == wanted {
                worst = Status.worse(worst, wanted)
                if !sentence.isEmpty && sentence.utf8.count + remark.sentence.utf8.count > Self.room {
                    left += 1
                    continue
                }
                sentence += (sentence.isEmpty ? "" : "; ") + remark.sentence.shortened(to: Self.room)
            }
        }
        return (worst, left == 0 ? sentence : "\(sentence); and \(left) more")
    }

    /// The error for a reader that has found none of its values; nil: nothing is wrong with the document.
    public var failure: PluginError? { note.map { .failed($0.sentence) } }

    private var field: String? {
        guard let firstField, fieldCount > 1 else { return firstField }
        return "\(firstField), and \(fieldCount - 1) more of its values cannot be true"
    }
}

extension Sink {
    /// Sets the remarks on a document as the note of the snapshot.
    public func note(_ remarks: DocumentRemarks) {
        if let note = remarks.note { self.note(note.status, note.sentence) }
    }
}
