import SegBase
import Testing

@Suite struct SettingsFileTests {
  private static func read(_ text: String) throws -> [SettingsFile.Setting] { try SettingsFile(Array(text.utf8), file: "x").settings }

  private static func problem(_ bytes: [UInt8]) -> String? {
    do throws(InputError) {
      _ = try SettingsFile(bytes, file: "x")
      return nil
    } catch {
      return error.description
    }
  }

  @Test func linesAreReadInOrderWithTheirPlaces() throws {
    let settings = try Self.read("# a comment\n\n a =  one = two \nb=\r\n  # another\nc = #0011ff")
    #expect(settings.map(\.key) == ["a", "b", "c"])
    #expect(settings.map(\.value) == ["one = two", "", "#0011ff"])
    #expect(settings.map(\.place) == ["x:3", "x:4", "x:6"])
  }

  @Test func anEmptyTextSetsNothing() throws { #expect(try Self.read("").isEmpty) }

  @Test func whatIsNoSettingIsRefusedWithItsLine() {
    #expect(Self.problem(Array("a = 1\nb".utf8))?.contains("x:2") == true)
    #expect(Self.problem(Array("a = 1\na = 2".utf8))?.contains("twice") == true)
    #expect(Self.problem([0x61, 0x3D, 0xFF])?.contains("UTF-8") == true)
    #expect(Self.problem([UInt8](repeating: 0x0A, count: SettingsFile.largestSize + 1))?.contains("larger") == true)
  }
}
