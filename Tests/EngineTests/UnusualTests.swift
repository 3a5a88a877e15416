import Contract
import Core
import Engine
import Testing

/// What is usual at an hour of the week, and the mark of what is not.
@MainActor
@Suite struct UnusualTests {
    private let stage = ForecastStage()

    /// 40 °C by day and 30 by night, give or take one.
    private nonisolated static func usual(_ time: Int64) -> Double {
        let hours = time / ForecastStage.hour
        return (hours % 24 < 12 ? 40 : 30) + Double(hours % 7) / 3.5 - 1
    }

    private func start(_ present: @escaping (Int64) -> Double) {
        let start = stage.now
        stage.heat = { $0 < start ? Self.usual($0) : present($0) }
        stage.start()
    }

    @Test func whatIsUsualHasItsRangeAndNoMark() throws {
        start { Self.usual($0) }
        stage.pass(minutes: 30)
        let (low, high) = (
            try #require(stage.number("heat_usual_low")), try #require(stage.number("heat_usual_high"))
        )
        #expect(low < 30 && high > 30 && high - low >= 10)
        #expect(stage.words("heat_unusual") == nil)
    }

    @Test func aMarkComesAfterAQuarterOfAnHourAndIsNoStatus() {
        start { _ in 90 }
        stage.pass(minutes: 14)
        #expect(stage.words("heat_unusual") == nil)
        stage.pass(minutes: 3)
        #expect(stage.words("heat_unusual")?.hasPrefix("high, usually ") == true)
        #expect(stage.snapshot?.status == .auto)
        #expect(stage.stage.engine.monitor.host("here")?.alert == nil)
        #expect(stage.snapshot?.unusual.count == 1)
    }

    @Test func whatIsLowIsMarkedToo() {
        start { _ in 2 }
        stage.pass(minutes: 17)
        #expect(stage.words("heat_unusual")?.hasPrefix("low, usually ") == true)
    }

    @Test func twoWeeksAreTooFew() {
        let start = stage.now
        stage.heat = { time in
            if start - time > 14 * ForecastStage.day { return nil }
            return time < start ? Self.usual(time) : 90
        }
        stage.start()
        stage.pass(minutes: 30)
        #expect(stage.number("heat_usual_low") == nil && stage.words("heat_unusual") == nil)
    }
}
