import Core
import Testing

@Suite struct DemoTests {
    private let fleet = DemoFleet()
    /// 2026-03-01T21:00:00Z.
    private let evening: Int64 = 1_772_398_800

    private func text(_ api: HostAPI, _ host: String, at seconds: Int64) throws -> String {
        let number = try #require(fleet.number(of: host))
        return String(decoding: try #require(fleet.document(api, of: number, at: seconds)), as: UTF8.self)
    }

    private func number(_ key: String, in document: String) throws -> Double {
        let parts = document.split(separator: "\"\(key)\":", maxSplits: 1)
        return try #require(Double(parts.last?.prefix { "0123456789.-".contains($0) } ?? ""))
    }

    @Test func theFiveHostsAndTheirRoles() {
        let hosts = fleet.configuration.hosts
        #expect(hosts.map(\.name) == ["srv01", "cmbox", "labbox", "simonbox", "steambox"])
        #expect(hosts.map(\.role) == ["server", "workstation", "lab", "gaming", "gaming"])
        #expect(hosts.map { $0.endpoints.backups != nil } == [true, true, true, false, false])
        #expect(fleet.document(.backups, of: 3, at: evening) == nil)
        #expect(fleet.document(.drives, of: 5, at: evening) == nil)
    }

    @Test func aMomentHasItsBytes() throws {
        #expect(
            try text(.drives, "srv01", at: evening) == #"{"status":"ok","drives":[{"name":"nvme0n1","#
                + #""temperature_c":45.0,"wear_level":4.0,"power_on_hours":11440,"available_spare":100.0,"#
                + #""capacity_gb":500.1,"used_gb":125.0,"description":["Samsung SSD 970 EVO 500GB"]}],"#
                + #""summary":{"healthy":1,"warning":0,"critical":0,"capacity_total_gb":500.1,"#
                + #""capacity_used_gb":125.0},"issues":[],"timestamp":1772398800}"#)
        #expect(
            DemoFleet(count: 300).document(.services, of: 0, at: evening)
                == fleet.document(.services, of: 0, at: evening))
    }

    @Test func drivesWearOut() throws {
        let year: Int64 = 31_557_600
        #expect(try number("wear_level", in: text(.drives, "srv01", at: evening + 5 * year)) == 8)
        #expect(try text(.drives, "cmbox", at: evening).contains(#""issues":["nvme1n1: 71 % of its"#))
        #expect(try text(.drives, "cmbox", at: evening + 6 * year).hasPrefix(#"{"status":"critical""#))
    }

    @Test func aServiceFailsNowAndThen() throws {
        func status(_ seconds: Int64) throws -> String {
            let document = try text(.services, "srv01", at: evening + seconds)
            let parts = document.split(separator: #""name":"immich","status":""#)
            return String(try #require(parts.last).prefix { $0 != "\"" })
        }
        #expect(
            try [0, 599, 600, 779, 780, 795].map(status) == [
                "running", "running", "stopped", "stopped", "restarting", "running",
            ])
        #expect(try number("failed", in: text(.services, "srv01", at: evening + 600)) == 1)
    }

    @Test func theEveningIsForGames() throws {
        for host in ["simonbox", "steambox"] {
            #expect(try number("gpu_load_percent", in: text(.services, host, at: evening)) > 80)
            #expect(try number("gpu_load_percent", in: text(.services, host, at: evening - 43_200)) < 30)
        }
        #expect(try text(.services, "srv01", at: evening).contains(#""gpu_load_percent":null"#))
    }

    @Test func backupsRunAtFour() throws {
        let night = evening - 17 * 3600
        #expect(try text(.backups, "srv01", at: night - 1).contains(#""last_success":"2026-02-28T04:1"#))
        #expect(try number("pending_jobs", in: text(.backups, "srv01", at: night)) == 1)
        #expect(try text(.backups, "srv01", at: night + 900).contains(#""last_success":"2026-03-01T04:1"#))
        let failed = try text(.backups, "labbox", at: evening)
        #expect(failed.contains(#""last_success":"2026-02-26T04:1"#))
        #expect(failed.contains(#""last_failure":"2026-03-01T04:00:31Z""#))
    }

    @Test func oneHostGoesAndComesBack() {
        func isAway(_ seconds: Int64) -> Bool {
            fleet.absence(.drives, of: 2, at: evening + seconds) != nil
        }
        #expect([0, 419, 420, 509, 510, 1020].map(isAway) == [false, false, true, true, false, true])
        #expect(
            fleet.absence(.drives, of: 2, at: evening + 420)?.words()
                == "labbox:6127 accepted no connection within 4s; is the machine on, and lets its firewall through to "
                + "that port?")
        #expect(fleet.absence(.drives, of: 0, at: evening + 420) == nil)
    }

    @Test func manyHostsAtAnyTime() {
        let many = DemoFleet(count: 1000)
        let hosts = many.configuration.hosts
        #expect(Set(hosts.map(\.name)).count == 1000)
        for seconds in [Int64(-9_000_000_000), -1, 0, evening, 9_000_000_000] {
            for number in stride(from: 0, to: 1000, by: 7) {
                for api in HostAPI.allCases {
                    _ = many.absence(api, of: number, at: seconds)
                    let document = many.document(api, of: number, at: seconds)
                    #expect(document?.last == UInt8(ascii: "}") || document == nil)
                }
            }
        }
        #expect(DemoFleet(count: -1).configuration.hosts.count == 1)
        #expect(DemoFleet(count: .max).configuration.hosts.count == DemoFleet.mostHosts)
    }
}
