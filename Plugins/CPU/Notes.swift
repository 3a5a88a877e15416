import PluginKit

/// The sentences of one collect, which are one sentence on the snapshot.
struct Notes {
    private var status = Status.auto
    private var text = ""

    mutating func add(_ status: Status, _ sentence: String) {
        self.status = Status.worse(self.status, status)
        text += (text.isEmpty ? "" : "; ") + sentence
    }

    func emit(into sink: Sink) { if !text.isEmpty { sink.note(status, text) } }
}
