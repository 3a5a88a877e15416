import Core
import Engine

extension HistoryReader {
    /// Returns the changes of some texts of a source, one list for each, in their order.
    public func texts(_ question: PastQuestion) throws(HistoryError) -> [[PastText]] {
        let (start, end) = (question.window.start, question.window.end)
        guard !question.texts.isEmpty else { return [] }
        let records = try CurveRecords(
            store, of: store.find(question.key), from: start, to: end, step: question.window.step)
        return question.texts.map { series in
            Self.changes(records.texts(of: series).filter { (start..<end).contains($0.time) })
        }
    }

    /// Leaves out what says the same as the text before.
    private static func changes(_ texts: [PastText]) -> [PastText] {
        texts.sorted { $0.time < $1.time }.reduce(into: []) { changes, text in
            if changes.last?.text != text.text { changes.append(text) }
        }
    }
}
