import Contract

/// The code and the cause of a failure: facts, with everything that a sentence about it names. Its attempt and its next
/// try change every time, and stand beside it.
extension HistoryBytes {
    mutating func cause(_ failure: Failure) {
        u8(failure.code.rawValue)
        switch failure.cause {
        case .plugin(let sentence): tagged(0, [sentence])
        case .option(let problem):
            u8(1)
            self.problem(problem)
        case .unknownPlugin(let problem, let folders):
            u8(2)
            self.problem(problem)
            texts(folders)
        case .missingFile(let plugin, let folder): tagged(3, [plugin, folder])
        case .untrustedFile(let reason): tagged(4, [reason])
        case .refusedFile(let path, let reason): tagged(5, [path, reason])
        case .workerNotStarted(let program, let error): tagged(6, [program, error])
        case .workerEnded(let call, let end, let lastLine):
            tagged(7, [lastLine])
            optional(call)
            self.end(end)
        case .quarantined(let quarantine):
            u8(8)
            self.quarantine(quarantine)
        case .late(let call, let nanoseconds):
            tagged(9, [call])
            unsigned(nanoseconds)
        case .document(let place, let fault):
            tagged(10, [place])
            self.fault(fault)
        case .transport(let failure):
            u8(11)
            transport(failure)
        case .notServed(let plugin, let host): tagged(12, [plugin, host])
        case .unknownHost(let host, let file, let wasThere):
            tagged(13, [host, file])
            flag(wasThere)
        case .unusableTransport(let reason): tagged(14, [reason])
        }
    }

    /// A tag and the texts that go with it.
    mutating func tagged(_ tag: UInt8, _ texts: [String] = []) {
        u8(tag)
        for text in texts { self.text(text) }
    }

    mutating func flag(_ value: Bool) { u8(value ? 1 : 0) }

    mutating func optional(_ text: String?) {
        flag(text != nil)
        if let text { self.text(text) }
    }

    mutating func texts(_ texts: [String]) {
        let kept = texts.prefix(HistoryFormat.mostListed)
        count(kept.count)
        for text in kept { self.text(text) }
    }

    private mutating func problem(_ problem: Problem) {
        flag(problem.severity == .error)
        text(problem.source)
        signed(Int64(problem.position.line))
        signed(Int64(problem.position.column))
        text(problem.message)
        optional(problem.expected)
        optional(problem.suggestion)
    }

    private mutating func end(_ end: Failure.WorkerEnd) {
        switch end {
        case .ended(let how): tagged(0, [how])
        case .outOfMemory(let how, let used, let limit):
            tagged(1, [how])
            unsigned(used)
            unsigned(limit)
        case .deadline(let time):
            u8(2)
            unsigned(time)
        case .processorTime(let time):
            u8(3)
            unsigned(time)
        case .wrongAnswer: u8(4)
        case .brokenFrame(let what): tagged(5, [what])
        case .tooManyLogLines(let lines):
            u8(6)
            signed(Int64(lines))
        case .closedConnection: u8(7)
        }
    }

    private mutating func quarantine(_ quarantine: Failure.Quarantine) {
        optional(quarantine.call)
        end(quarantine.end)
        signed(Int64(quarantine.times))
        optional(quarantine.host)
        unsigned(quarantine.nanoseconds)
    }

    private mutating func fault(_ fault: Failure.DocumentFault) {
        switch fault {
        case .unreadable(let sentence): tagged(0, [sentence])
        case .swapped(let serves, let expected, let host): tagged(1, [serves, expected, host])
        case .future(let document, let nanoseconds):
            tagged(2, [document])
            signed(nanoseconds)
        case .milliseconds(let document): tagged(3, [document])
        case .still(let document, let nanoseconds):
            tagged(4, [document])
            signed(nanoseconds)
        }
    }
}
