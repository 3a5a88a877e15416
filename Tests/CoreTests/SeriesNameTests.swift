import Testing

@testable import Core

struct SeriesNameTests {
    @Test(arguments: [
        "", "nvme0n1", "/home", "a b", "\"quoted\" 'twice'", "line\nbreak", "\u{1b}[31m", "100%", "x@y", "東京",
        "\u{202e}abc",
        "%2F", "a/b/c", "~", "\u{0}",
    ])
    func everyInstanceHasANameThatIsOneWord(_ instance: String) throws {
        for key in [
            SeriesKey(host: "srv01", plugin: "nvme"),
            SeriesKey(host: "fd00::1", plugin: "my-plugin", options: OptionsDigest(value: 0x1f)),
        ] {
            let name = SeriesName(key, instance, "wear")
            #expect(SeriesName(name.text) == name)
            #expect(
                !name.text.unicodeScalars.contains { Problem.isControl($0) || $0.properties.isWhitespace })
        }
    }

    @Test func namesAreWrittenAsTheManualSays() {
        let key = SeriesKey(host: "srv01", plugin: "services")
        #expect(SeriesName(key, "/home", "used").text == "srv01/services/%2Fhome/used")
        #expect(SeriesName(key, "", "used").text == "srv01/services/used")
        #expect(SeriesName("srv01/services//used") == SeriesName(key, "", "used"))
        let other = SeriesKey(host: "a", plugin: "b", options: OptionsDigest(value: 255))
        #expect(SeriesName(other, "", "c").text == "a/b@00000000000000ff/c")
    }

    @Test(arguments: [
        "", "/", "a", "a/b", "//c", "/b/c", "a//c", "a/b/c/d/e", "a/b/%2/d", "a/b/%zz/d", "a/b@x/c",
        "a/b@@/c",
        "a/b/%ff/c", "a/b@00000000000000fff/c", "a/@00000000000000ff/c",
    ])
    func anythingElseIsNone(_ text: String) { #expect(SeriesName(text) == nil) }
}
