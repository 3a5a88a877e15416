import Contract
import Testing

@testable import Core

/// The metrics that the host makes of the past, and what a plugin and a person see of them.
@Suite struct DerivedMetricsTests {
    private let now = ForecastTime.now
    private let day = ForecastTime.day

    private let plugin = PluginDescription(
        id: "drives", name: "Drives",
        metrics: [
            MetricDeclaration(
                id: "wear", label: "Wear", unit: "percent", direction: .higherIsWorse,
                forecast: ForecastDeclaration(.wear)),
            MetricDeclaration(
                id: "heat", label: "Heat", unit: "celsius", forecast: ForecastDeclaration(.fill, full: 100),
                minimumEffect: 5),
        ])

    private var schema: Schema { Schema(plugin.withDerivedMetrics()) }

    @Test func theyStandBehindThePluginsOwn() {
        #expect(
            schema.metrics.map(\.id) == [
                "wear", "heat", "wear_worn_out", "wear_worn_out_early", "wear_worn_out_late", "wear_outlook",
                "heat_full", "heat_full_early", "heat_full_late", "heat_outlook", "heat_usual_low",
                "heat_usual_high", "heat_unusual",
            ])
        #expect(schema.ownCount == 2)
        #expect(plugin.withDerivedMetrics().metrics.allSatisfy { !$0.isHeadline })
    }

    @Test func anIdThatIsTakenIsThePlugins() {
        var other = plugin
        other.metrics.append(MetricDeclaration(id: "wear_outlook", label: "Own"))
        let ids = other.withDerivedMetrics().metrics.map(\.id)
        #expect(!ids.contains("wear_worn_out") && ids.contains("heat_full"))
    }

    @Test func thereAreNoMoreThanTheMost() {
        var other = plugin
        for number in 2..<WireLimits.metrics - 4 {
            other.metrics.append(MetricDeclaration(id: "m\(number)", label: ""))
        }
        let whole = other.withDerivedMetrics()
        #expect(whole.metrics.count == WireLimits.metrics)
        #expect(whole.metrics.last?.id == "wear_outlook")
    }

    private func snapshot(_ outlook: Outlook, limits: [Limits] = []) -> Snapshot {
        let schema = schema
        var cells = schema.metrics.map { _ in Snapshot.Cell(value: .absent) }
        cells[0].value = .number(40)
        var snapshot = Snapshot(
            key: SeriesKey(host: "here", plugin: "drives"), schema: schema, taken: now,
            instances: [Snapshot.Instance(name: "sda", cells: cells)])
        snapshot.set(outlook, of: ForecastPlan(schema).foretold[0], row: 0, at: now, limits: limits)
        return snapshot
    }

    private func worn(_ early: Int64, _ likely: Int64, _ late: Int64) -> Outlook {
        .wear(
            .wornOut(
                ForecastRange(early: now + early * day, likely: now + likely * day, late: now + late * day),
                remarks: []))
    }

    @Test func aWorkerSeesWordsOfItsOwnMetricsAndNoOthers() throws {
        var store = SnapshotStore()
        store.put(snapshot(worn(800, 1200, 1800)))
        let limits = schema.metrics.map(\.limits)
        let view = try #require(
            store.view(SeriesKey(host: "here", plugin: "drives"), schema: schema, limits: limits, now: now))
        #expect(view.limits.count == 2 && view.instances[0].cells.count == 2)
        let words = view.instances[0].cells[0].foretold?.words
        #expect(
            words == [
                "worn out 2029 (2028-2031)", "2029 (2028-2031)", "worn out 2029", "2029",
            ])
        #expect(view.instances[0].cells[1].foretold == nil)
    }

    @Test func aDateThatIsNearHasTheStatusOfItsLimits() {
        var limits = schema.metrics.map(\.limits)
        limits[2] = Limits(warning: 90 * 86_400, critical: 10 * 86_400)
        let near = snapshot(worn(20, 30, 40), limits: limits)
        #expect(near.status == .warning)
        #expect(near.foretold(near.instances[0])[0]?.status == .warning)
        #expect(snapshot(worn(300, 400, 500), limits: limits).status == .ok)
    }

    @Test func whatHasNoDateHasWordsOfSeveralLengths() {
        func forms(_ outlook: Outlook) -> [String]? {
            let snapshot = snapshot(outlook)
            return snapshot.foretold(snapshot.instances[0])[0]?.words
        }
        #expect(forms(.wear(.noWear)) == ["no sign of wear", "no wear"])
        #expect(
            forms(worn(4000, 9000, 20_000)) == [
                "not worn out within 20 years", "not within 20 years", "> 20 years", ">20y",
            ])
        let beyond = ForecastRange(early: now + 4000 * day, likely: now + 9000 * day, late: nil)
        #expect(
            forms(.wear(.wornOut(beyond, remarks: [.byHours])))?.dropFirst() == [
                "not worn out within 20 years", "not within 20 years", "> 20 years", ">20y",
            ])
        #expect(
            forms(.wear(.insufficient(.time))) == ["no forecast: watched for less than a day", "no forecast"])
        #expect(
            forms(.wear(.implausible(percent: 65, days: 3)))
                == ["implausible: 65% after 3 days of use", "implausible"])
    }

    @Test func aColumnOfTheOverviewHasTheDate() {
        func words(_ outlook: Outlook) -> String? {
            let snapshot = snapshot(outlook)
            return schema.words(ofForetold: 2, at: now) { snapshot.instances[0].cells[$0] }
        }
        #expect(words(worn(800, 1200, 1800)) == "2029 (2028-31)")
        #expect(words(worn(14, 21, 35)) == "3w (2-5)")
        #expect(words(.wear(.noWear)) == "no sign of wear")
        #expect(words(worn(4000, 9000, 20_000)) == "> 20 years")
        #expect(schema.words(ofForetold: 0, at: now) { _ in nil } == nil)
    }

    @Test func aPluginWithoutADrawShowsItToo() {
        var store = SnapshotStore()
        store.put(snapshot(worn(800, 1200, 1800)))
        let limits = schema.metrics.map(\.limits)
        let view = store.view(
            SeriesKey(host: "here", plugin: "drives"), schema: schema, limits: limits, now: now)!
        func texts(_ width: Int, _ view: View) -> [String] {
            DefaultDrawing.operations(
                for: view, description: plugin.withDerivedMetrics(), size: Size(width, 5)
            ).flatMap { operation -> [String] in
                switch operation {
                case .text(_, _, _, _, _, let text): [text]
                case .table(_, _, _, _, let table): table.cells.map(\.text)
                default: []
                }
            }
        }
        #expect(texts(80, view).contains("worn out 2029 (2028-2031)"))
        #expect(texts(40, view).contains("2029 (2028-2031)"))
        #expect(!texts(20, view).contains { $0.contains("2029") })
        var two = view
        two.instances.append(View.Instance(name: "sdb", cells: view.instances[0].cells))
        #expect(texts(80, two).contains("worn out 2029 (2028-2031)"))
    }

    @Test func aMarkStandsBeforeANumberThatIsUnusual() {
        var view = View(taken: now, now: now, interval: 1, limits: [.none, .none])
        view.instances = [
            View.Instance(
                name: "sda",
                cells: [
                    View.Cell(value: .number(40)),
                    View.Cell(value: .number(62), foretold: View.Foretold(unusual: .high)),
                ])
        ]
        let operations = DefaultDrawing.operations(for: view, description: plugin, size: Size(60, 4))
        let texts = operations.compactMap { operation -> String? in
            if case .text(_, _, _, _, _, let text) = operation { text } else { nil }
        }
        #expect(texts.contains("↑62°C") && texts.contains("40%"))
    }
}
