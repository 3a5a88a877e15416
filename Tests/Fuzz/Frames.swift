import Contract
import Core

/// The host's side: bytes of a worker, cut into pieces, on the whole way to the screen.
///
///     width, height, look, n, n sizes of pieces, then the stream; with an odd `look` it is one frame's body
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = Input(UnsafeRawBufferPointer(start: data, count: size))
    var host = FramesHost(width: input.byte() % 96, height: input.byte() % 32, look: input.byte())
    let pieces = input.bytes(input.byte() % 16).map(Int.init)
    var stream = input.remainder()
    if host.look & 1 == 1 {
        stream = withUnsafeBytes(of: UInt32(clamping: stream.count).littleEndian, Array.init) + stream
    }
    host.receive(stream, pieces: pieces)
    return 0
}

/// What the host keeps of one worker and its widget.
private struct FramesHost {
    let look: Int
    private var buffer = FrameBuffer()
    private var store = SnapshotStore()
    private var table = TableState()
    private var surface: Surface
    private var size: Size
    private var wall: Int64 = 1_767_225_600_000_000_000

    init(width: Int, height: Int, look: Int) {
        self.look = look
        size = Size(width, height)
        surface = Surface(size)
        store.configure(Example.key, every: 2_000_000_000)
        table.filter = look & 2 == 0 ? "" : "e"
        table.sortColumn = look & 4 == 0 ? nil : look >> 6
        table.sortDescending = look & 8 == 0
        table.showsSelection = true
    }

    private var appearance: Appearance { Appearance(isUTF8: look & 16 == 0) }

    mutating func receive(_ stream: [UInt8], pieces: [Int]) {
        var (position, piece) = (0, 0)
        while position < stream.count {
            let wanted = pieces.isEmpty ? stream.count : pieces[piece % pieces.count]
            let length = min(max(wanted, 1), stream.count - position)
            stream[position..<(position + length)].withUnsafeBytes { buffer.append($0) }
            position += length
            piece += 1
            do throws(WireError) {
                while let message = try nextMessage() {
                    take(message)
                }
            } catch {
                return
            }
        }
    }

    private mutating func nextMessage() throws(WireError) -> WorkerMessage? {
        try buffer.next { (body) throws(WireError) in
            try Guarded.with(body) { (body) throws(WireError) in try WorkerMessage(body) }
        }
    }

    private mutating func take(_ message: WorkerMessage) {
        checkWire(message)
        switch message {
        case .hello(let description): load(description)
        case .collected(_, let collected) where collected.outcome == .ok:
            wall += 2_000_000_000
            store.put(Example.builder.snapshot(of: collected, taken: wall))
            view()
        case .collected(_, let collected):
            store.fail(Example.key, Failure(collected.outcome, .plugin(collected.sentence)))
        case .drawn(_, let operations):
            draw(operations)
            table.moveSelection(by: 1)
            draw(operations)
        default: break
        }
    }

    /// What was read is written so that it reads as the same.
    private func checkWire(_ message: WorkerMessage) {
        let frame = message.frame()
        let again = frame.dropFirst(4).withUnsafeBytes { body in try? WorkerMessage(body) }
        guard let again else { fatalError("a message that was read cannot be written") }
        require(again.frame() == frame, "a message changes on its way")
    }

    /// The options of a layout against whatever a plugin declares.
    private func load(_ description: PluginDescription) {
        let checked = OptionChecker.check(Example.widget, against: description, source: "fuzz.layout")
        require(checked.values.count == description.options.count, "an option without a value")
        require(checked.limits.count == description.metrics.count, "a metric without limits")
        for problem in checked.problems { _ = problem.description }
        let request = CreateRequest(
            widget: "w", host: "h", root: "", values: checked.values, isSet: checked.isSet)
        checkRequest(.create(id: 1, request))
    }

    /// The worker is asked to draw it; a plugin without `draw` gets the host's picture.
    private mutating func view() {
        guard
            let view = store.view(
                Example.key, schema: Example.builder.schema, limits: Example.builder.limits, now: wall)
        else { fatalError("a snapshot that was kept is not there") }
        _ = store[Example.key].status(at: wall)
        checkRequest(.draw(id: 1, DrawRequest(view: view, width: size.width, height: size.height)))
        let description = Example.description
        draw(DefaultDrawing.operations(for: view, description: description, size: size))
    }

    /// A worker that keeps the contract must be able to read what the host sends.
    private func checkRequest(_ message: HostMessage) {
        let frame = message.frame()
        require(frame.count <= WireLimits.request + 4, "a request larger than a frame may be")
        let read = frame.dropFirst(4).withUnsafeBytes { body in try? HostMessage(body) }
        require(read?.frame() == frame, "a request that no worker can read")
    }

    private mutating func draw(_ operations: [DrawOperation]) {
        let before = surface
        surface.clear()
        surface.ellipsis = appearance.ellipsis
        surface.isASCII = !appearance.isUTF8
        let sentinel = Glyph(code: 0x2592, style: .normal)
        surface.fill(surface.bounds, with: "\u{2592}")
        let place = Rect(
            x: size.width / 8, y: size.height / 8, width: size.width / 2, height: size.height / 2)
        surface.fill(place)
        OperationRenderer.render(
            operations, into: &surface, at: place, appearance: appearance, tableState: &table,
            dimmed: look & 32 != 0)
        checkCells(outside: place, sentinel.code)
        checkChanges(from: before)
        checkText()
        _ = table.indicator
    }

    /// Nothing outside of its place, no halves of wide characters.
    private func checkCells(outside place: Rect, _ sentinel: UInt32) {
        for y in 0..<size.height {
            for x in 0..<size.width {
                let glyph = surface[x, y]
                if !place.contains(x: x, y: y) {
                    require(glyph.code == sentinel || surface.isASCII, "drawn outside at \(x), \(y)")
                } else if glyph.width == 2 {
                    require(surface[x + 1, y].width == 0, "half a character at \(x), \(y)")
                } else if glyph.width == 0 {
                    require(x > 0 && surface[x - 1, y].width == 2, "half a character at \(x), \(y)")
                }
            }
        }
    }

    /// The runs that are said to have changed are all that has.
    private func checkChanges(from before: Surface) {
        var changed = [Bool](repeating: false, count: size.width * size.height)
        surface.changes(from: before) { x, y, run in
            require(x >= 0 && y >= 0 && y < size.height && x + run.count <= size.width, "a run outside")
            for offset in 0..<run.count { changed[y * size.width + x + offset] = true }
        }
        for y in 0..<size.height {
            for x in 0..<size.width where !changed[y * size.width + x] {
                let (new, old) = (surface[x, y], before[x, y])
                require(
                    surface.text(of: new) == before.text(of: old) && new.style == old.style,
                    "a change that is not told at \(x), \(y)")
            }
        }
    }

    /// What reaches a terminal has no control character and is as wide as the surface.
    private func checkText() {
        for line in TextExport.text(surface).unicodeScalars.split(separator: "\n") {
            for scalar in line {
                require(
                    scalar.value >= 0x20 && !(0x7f..<0xa0).contains(scalar.value), "a control character")
                require(!surface.isASCII || scalar.value < 0x7f, "not ASCII: \(scalar.value)")
            }
            let width = CharacterWidth.of(String(line))
            require(width <= size.width, "a line of \(width) cells on \(size.width)")
        }
    }
}
