import Core
import Engine

/// The keys that move through the past.
extension Controls {
    private static let (coarse, coarser): (Int64, Int64) = (60, 360)
    /// Bytes of a time that is typed.
    private static let longestTime = 64

    /// Handles a key on a screen of the past; returns false where it means the same as in the present.
    func press(_ key: Key, in replay: Replay) -> Bool {
        switch key {
        case .character("p"): onTurn()
        case .character("q"), .escape: if !close() { onTurn() }
        case .character(" "): replay.play(!replay.isPlaying)
        case .left, .character(","): step(-1, in: replay)
        case .right, .character("."): step(1, in: replay)
        case .character("<"): step(-Self.coarse, in: replay)
        case .character(">"): step(Self.coarse, in: replay)
        case .character("{"): step(-Self.coarser, in: replay)
        case .character("}"): step(Self.coarser, in: replay)
        case .character("f"): replay.changeSpeed(1)
        case .character("F"): replay.changeSpeed(-1)
        case .character("("): goToEvent(isForward: false, in: replay)
        case .character(")"): goToEvent(isForward: true, in: replay)
        case .character("@"): state.prompt = ""
        case .character("e"):
            state.message = "This is the past: ( and ) go to what went wrong; p shows the present."
        case .character("r"), .character("R"), .character("m"):
            state.message = "This is the past, which nothing changes; p shows the present."
        default: return false
        }
        return true
    }

    private func step(_ samples: Int64, in replay: Replay) {
        replay.play(false)
        if samples > 0, replay.time >= replay.today - Replay.shortestStep {
            state.message = "This is the present; p goes on with it."
        }
        replay.step(by: samples)
    }

    private func goToEvent(isForward: Bool, in replay: Replay) {
        state.message = "Looking for what went wrong …"
        replay.goToEvent(isForward: isForward) { [weak self] answer in
            self?.state.message = PastWords.sentence(answer, isForward: isForward)
            self?.dashboard.changed()
        }
    }

    /// Edits the time to go to.
    func typeTime(_ key: Key) {
        guard var text = state.prompt else { return }
        switch key {
        case .enter:
            state.prompt = nil
            if !text.isEmpty { go(to: text) }
            return
        case .escape, .control("C"):
            state.prompt = nil
            return
        case .backspace: if !text.isEmpty { text.removeLast() }
        case .character(let scalar): text.unicodeScalars.append(scalar)
        case .paste(let pasted):
            text.unicodeScalars += pasted.unicodeScalars.prefix { $0.value >= 0x20 && $0.value < 0x7f }
        default: break
        }
        if text.utf8.count <= Self.longestTime { state.prompt = text }
    }

    private func go(to text: String) {
        guard let replay = dashboard.replay else { return }
        switch Setup.moment(text, now: replay.today) {
        case .success(let time):
            replay.play(false)
            replay.move(to: time)
        case .failure(let error):
            state.message = "\(error.sentence.prefix(1).uppercased())\(error.sentence.dropFirst())."
        }
    }
}
